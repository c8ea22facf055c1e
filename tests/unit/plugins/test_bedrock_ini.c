/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's files as people and tools write them. */
#include "ini.h"

#include "lib/str.h"

#include <glib.h>

static const char file[] = "; a comment\n"
                           "# another\n"
                           "aws_access_key_id = before any section\n"
                           "\n"
                           "[default]\n"
                           "aws_access_key_id = AKID1 ; mine\n"
                           "AWS_Secret_Access_Key=a/b+c=d#e;f==\t# not this\n"
                           "empty =\r\n"
                           "  nested = passed over\n"
                           "s3 =\n"
                           "  max_concurrent_requests = 20\n"
                           "\tregion = nowhere\n"
                           "no equals sign here\n"
                           "[ profile  dev ] # comment\r\n"
                           "region = eu-central-1\r\n"
                           "region = eu-west-1\r\n"
                           "[profile \"with blank\"]\n"
                           "region = us-east-2\n"
                           "[profilex]\n"
                           "region = wrong\n"
                           "[sso-session dev]\n"
                           "region = wrong\n"
                           "[default]\n"
                           "more = later\n"
                           "last = no line end";

static void check(const char *prefix, const char *name, const char *key, const char *expected)
{
    pb_str value = PBS_STR("untouched");
    bool found = bedrock_ini_get(PBS_STR(file), prefix, pbs_str(name), key, &value);
    g_autofree char *got = g_strndup(value.ptr != NULL ? value.ptr : "", value.len);
    g_assert_cmpstr(found ? got : NULL, ==, expected);
}

static void test_values(void)
{
    check("", "default", "aws_access_key_id", "AKID1");
    check("", "default", "aws_secret_access_key", "a/b+c=d#e;f==");
    check("", "default", "empty", "");
    check("", "default", "more", "later");
    check("", "default", "last", "no line end");
    check("profile", "dev", "region", "eu-west-1");
    check("profile", "with blank", "region", "us-east-2");
}

static void test_absent(void)
{
    check("", "default", "nested", NULL);
    check("", "default", "region", NULL);
    check("", "default", "max_concurrent_requests", NULL);
    check("", "default", "aws_access_key", NULL);
    check("", "default", "aws_access_key_id2", NULL);
    check("", "dev", "region", NULL);
    check("profile", "x", "region", NULL);
    check("profile", "default", "more", NULL);
    check("profile", "", "region", NULL);
    check("", "", "aws_access_key_id", NULL);
}

/* What an editor puts in front of a file is not part of its first section. */
static void test_mark(void)
{
    const pb_str marked = PBS_STR("\xef\xbb\xbf[default]\nregion = eu-north-1\n");
    pb_str value;
    g_assert_true(bedrock_ini_get(marked, "", PBS_STR("default"), "region", &value));
    g_assert_true(pbs_is(value, "eu-north-1"));
}

/* Whatever a file holds, reading it stays within it. */
static void test_every_cut(void)
{
    pb_str value;
    for (size_t n = 0; n <= sizeof file - 1; n++) {
        g_autofree char *part = g_memdup2(file, n);
        bedrock_ini_get((pb_str){part, n}, "profile", PBS_STR("dev"), "region", &value);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bedrock/ini/values", test_values);
    g_test_add_func("/bedrock/ini/absent", test_absent);
    g_test_add_func("/bedrock/ini/mark", test_mark);
    g_test_add_func("/bedrock/ini/every-cut", test_every_cut);
    return g_test_run();
}
