/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of the token service, and what is none. */
#include "xml.h"

#include "lib/str.h"

#include <glib.h>

static void check(const char *document, const char *parent, const char *name, const char *expected)
{
    pbs_buf out;
    pbs_buf_init(&out, 64);
    bool found = bedrock_xml_text(pbs_str(document), parent, name, &out);
    g_autofree char *got = g_strndup(out.ptr != NULL ? out.ptr : "", out.len);
    g_assert_cmpstr(found ? got : NULL, ==, expected);
    pbs_buf_free(&out);
}

static const char reply[] =
    "<?xml version=\"1.0\"?>\n<!-- a > comment -->\n"
    "<R xmlns='https://sts.amazonaws.com/doc/?a>b'><Other><Id>no</Id></Other><E/>"
    "<Credentials >\n <Id> A&amp;B&lt;&gt;&quot;&apos;&#65;&#x20aC; </Id><Empty></Empty><Gap/>"
    "<Deep><Id>x</Id></Deep></Credentials ></R>";

static void test_texts(void)
{
    check(reply, "Credentials", "Id", " A&B<>\"'A\xe2\x82\xac ");
    check(reply, "Other", "Id", "no");
    check(reply, "Deep", "Id", "x");
    check(reply, "Credentials", "Empty", "");
    check(reply, "Credentials", "Gap", NULL);
    check(reply, "Credentials", "Deep", NULL); /* holds an element */
    check(reply, "R", "Id", NULL);
    check(reply, "Credentials", "id", NULL);
}

static void test_refused(void)
{
    check("", "a", "b", NULL);
    check("<", "a", "b", NULL);
    check("<>", "a", "b", NULL);
    check("</a>", "a", "b", NULL);
    check("<a><b>x", "a", "b", NULL);
    check("<a><b>x</b", "a", "b", NULL);
    check("<a><b>x</c></a>", "a", "b", NULL);
    check("<x><y></x></y><a><b>1</b></a>", "a", "b", NULL);
    check("<!DOCTYPE a [<!ENTITY e 'x'>]><a><b>1</b></a>", "a", "b", NULL);
    check("<a><b><![CDATA[x]]></b></a>", "a", "b", NULL);
    check("<a><b>&e;</b></a>", "a", "b", NULL);
    check("<a><b>&amp</b></a>", "a", "b", NULL);
    check("<a><b>&#0;</b></a>", "a", "b", NULL);
    check("<a><b>&#xd800;</b></a>", "a", "b", NULL);
    check("<a><b>&#x110000;</b></a>", "a", "b", NULL);
    check("<a><b>&#99999999;</b></a>", "a", "b", NULL);
    check("<a><b>&#;</b></a>", "a", "b", NULL);
    check("<a><b>0123456789012345678901234567890123456789012345678901234567890123456789</b></a>",
          "a", "b", NULL); /* beyond the buffer's bound */
}

static void test_depth(void)
{
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 17; i++)
        g_string_append(deep, "<a>");
    g_string_append(deep, "<b>x</b>");
    check(deep->str, "a", "b", NULL);
}

static void test_every_cut(void)
{
    for (size_t n = 0; n < sizeof reply - 1; n++) {
        g_autofree char *part = g_memdup2(reply, n);
        pbs_buf out;
        pbs_buf_init(&out, 4096);
        bedrock_xml_text((pb_str){part, n}, "Credentials", "Never", &out);
        bedrock_xml_text((pb_str){part, n}, "Credentials", "Id", &out);
        pbs_buf_free(&out);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bedrock/xml/texts", test_texts);
    g_test_add_func("/bedrock/xml/refused", test_refused);
    g_test_add_func("/bedrock/xml/depth", test_depth);
    g_test_add_func("/bedrock/xml/every-cut", test_every_cut);
    return g_test_run();
}
