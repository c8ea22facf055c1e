/* SPDX-License-Identifier: Apache-2.0 */
/* Header lines into heads: names, values, folding, interim answers, bounds, and what is no
 * header. */
#include "base/str.h"
#include "exchange/curl_internal.h"

#include <string.h>

static PbayHeadLine feed(PbayHead *head, const char *text)
{
    PbayHeadLine last = PBAY_HEAD_MORE;
    while (*text != '\0' && last == PBAY_HEAD_MORE) {
        const char *end = strchr(text, '\n');
        size_t n = end != NULL ? (size_t)(end - text) + 1 : strlen(text);
        g_autofree char *line = g_memdup2(text, n); /* exactly these bytes */
        last = pbay_head_line(head, (pb_str){line, n});
        text += n;
    }
    return last;
}

static void test_whole(void)
{
    PbayHead head;
    pbay_head_init(&head);
    g_assert_cmpint(feed(&head, "HTTP/1.1 201 Created\r\nA:1\r\nB-C:  two words \t\r\nD:\r\n"
                                "A: 2\r\nE: x:y\r\n\r\n"),
                    ==, PBAY_HEAD_DONE);
    g_assert_cmpint(head.status, ==, 201);
    size_t n;
    const PbayHttpHeader *headers = pbay_head_headers(&head, &n);
    g_assert_cmpuint(n, ==, 5);
    g_assert_true(pbay_str_is(headers[1].name, "b-c"));
    g_assert_true(pbay_str_is(headers[1].value, "two words"));
    g_assert_true(pbay_str_is(headers[2].value, ""));
    g_assert_true(pbay_str_is(headers[4].value, "x:y"));
    g_assert_true(pbay_str_is(pbay_head_find(&head, "a"), "1"));
    g_assert_cmpuint(pbay_head_find(&head, "missing").len, ==, 0);
    pbay_head_clear(&head);
    pbay_head_clear(&head); /* twice is fine */
}

static void test_interim(void)
{
    PbayHead head;
    pbay_head_init(&head);
    g_assert_cmpint(feed(&head, "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"), ==, PBAY_HEAD_INTERIM);
    g_assert_cmpint(feed(&head, "HTTP/2 200\r\nB: y\r\n\r\n"), ==, PBAY_HEAD_DONE);
    size_t n;
    pbay_head_headers(&head, &n);
    g_assert_cmpuint(n, ==, 1); /* those of the interim answer are forgotten */
    pbay_head_clear(&head);
}

static void test_bad(void)
{
    static const char *const texts[] = {
        "\r\n",
        "HTTP/1.1\r\n",
        "HTTP/1.1 \r\n",
        "HTTP/1.1 20x\r\n",
        "HTTP/1.1 20\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\n",
        "HTTP/1.1 200 OK\r\n folded onto nothing\r\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        PbayHead head;
        pbay_head_init(&head);
        g_assert_cmpint(feed(&head, texts[i]), ==, PBAY_HEAD_BAD);
        pbay_head_clear(&head);
    }
}

static void test_bounds(void)
{
    PbayHead head;
    pbay_head_init(&head);
    feed(&head, "HTTP/1.1 200 OK\r\n");
    g_autofree char *big = g_strnfill(PBAY_HEAD_LINE_MAX - 5, 'x');
    g_autofree char *line = g_strdup_printf("A: %s\r\n", big);
    g_assert_cmpuint(strlen(line), ==, PBAY_HEAD_LINE_MAX);
    for (int i = 0; i < 3; i++)
        g_assert_cmpint(feed(&head, line), ==, PBAY_HEAD_MORE);
    g_assert_cmpint(feed(&head, line), ==, PBAY_HEAD_TOO_LARGE); /* the block */
    pbay_head_clear(&head);

    pbay_head_init(&head);
    g_autofree char *longer = g_strdup_printf("A: %sx\r\n", big);
    g_assert_cmpint(feed(&head, longer), ==, PBAY_HEAD_TOO_LARGE); /* the line */
    pbay_head_clear(&head);

    pbay_head_init(&head);
    for (unsigned i = 0; i < PBAY_HEAD_LINES_MAX; i++)
        g_assert_cmpint(feed(&head, "A: b\r\n"), ==, PBAY_HEAD_MORE);
    g_assert_cmpint(feed(&head, "A: b\r\n"), ==, PBAY_HEAD_TOO_LARGE); /* their number */
    pbay_head_clear(&head);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/curl-head/whole", test_whole);
    g_test_add_func("/curl-head/interim", test_interim);
    g_test_add_func("/curl-head/bad", test_bad);
    g_test_add_func("/curl-head/bounds", test_bounds);
    return g_test_run();
}
