/* SPDX-License-Identifier: Apache-2.0 */
/* Files and operands: bounds, JSON, images as data URLs, output files that are there whole or not
 * at all. */
#include "cli/cli.h"
#include "e2e/command.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_read_file(void)
{
    Box *box = box_new();
    const char *path = box_file(box, "f", "a\0b", 3);
    size_t len = 0;
    g_autofree char *whole = cli_read_file(path, 3, &len);

    g_assert_true(len == 3 && memcmp(whole, "a\0b", 3) == 0);
    g_assert_null(cli_read_file(path, 2, NULL));
    g_assert_null(cli_read_file(box->dir, 100, NULL));
    g_assert_null(cli_read_file(box_path(box, "none"), 100, NULL));
    g_assert_null(cli_read_text(path));
    box_free(box);
}

static void reads(Box *box, const char *text, gssize len, bool valid)
{
    json_object *tree = cli_read_json(box_file(box, "j", text, len));

    g_assert_true((tree != NULL) == valid);
    json_object_put(tree);
}

static void test_read_json(void)
{
    Box *box = box_new();
    g_autofree char *deep = g_strnfill(200, '[');

    reads(box, "{\"a\":[1,2.5,\"x\"]}", -1, true);
    reads(box, " [] \n", -1, true);
    reads(box, "7", -1, true);
    reads(box, "", -1, false);
    reads(box, "null", -1, false);
    reads(box, "{\"a\":1,}", -1, false);
    reads(box, "{} {}", -1, false);
    reads(box, "{}\0", 3, false);
    reads(box, "\"\xFF\"", -1, false);
    reads(box, deep, -1, false);
    box_free(box);
}

static void is_image(Box *box, const char *bytes, gssize len, const char *type)
{
    const char *path = box_file(box, "i", bytes, len);
    g_autofree char *url = cli_image_url(path);
    g_autofree char *prefix = g_strdup_printf("data:%s;base64,", type != NULL ? type : "");

    if (type == NULL)
        g_assert_null(url);
    else
        g_assert_true(g_str_has_prefix(url, prefix));
}

static void test_image_url(void)
{
    Box *box = box_new();
    g_autofree char *link = cli_image_url("https://example.org/a.png");
    g_autofree char *data = cli_image_url("data:image/png;base64,AAAA");
    g_autofree char *png = NULL;

    g_assert_cmpstr(link, ==, "https://example.org/a.png");
    g_assert_cmpstr(data, ==, "data:image/png;base64,AAAA");
    is_image(box, "\x89PNG\r\n\x1a\n", 8, "image/png");
    is_image(box, "\xff\xd8\xff\xe0", 4, "image/jpeg");
    is_image(box, "GIF89a", 6, "image/gif");
    is_image(box, "RIFF....WEBP", 12, "image/webp");
    is_image(box, "RIFF....WAVE", 12, NULL);
    is_image(box, "\x89PNG", 4, NULL);
    is_image(box, "", 0, NULL);
    is_image(box, "<svg/>", 6, NULL);
    png = cli_image_url(box_file(box, "p", "\x89PNG\r\n\x1a\n", 8));
    g_assert_cmpstr(png, ==, "data:image/png;base64,iVBORw0KGgo=");
    box_free(box);
}

static void test_write_file(void)
{
    Box *box = box_new();
    const char *path = box_path(box, "out");
    g_autofree char *text = NULL;
    gsize len = 0;
    struct stat st;

    g_assert_true(cli_write_file(path, "one", 3));
    g_assert_true(cli_write_file(path, "a\0b", 3)); /* over what is there */
    g_assert_true(g_file_get_contents(path, &text, &len, NULL));
    g_assert_true(len == 3 && memcmp(text, "a\0b", 3) == 0);
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpuint(st.st_mode & 0111, ==, 0);
    g_assert_false(cli_write_file("/dev/full", "x", 1));
    g_assert_true(cli_write_file("/dev/null", "x", 1));
    g_assert_true(g_file_test("/dev/null", G_FILE_TEST_EXISTS));
    g_assert_false(cli_write_file(box_path(box, "no/such/dir"), "x", 1));
    box_free(box);
}

static void test_check_output(void)
{
    Box *box = box_new();

    g_assert_true(cli_check_output(box_path(box, "new")));
    g_assert_true(cli_check_output(box_file(box, "old", "x", 1)));
    g_assert_true(cli_check_output("/dev/null"));
    g_assert_false(cli_check_output(box->dir));
    g_assert_false(cli_check_output(box_path(box, "no/new")));
    box_free(box);
}

static void test_check_utf8(void)
{
    g_assert_true(cli_check_utf8("gr\xC3\xBC\xC3\x9F", "it"));
    g_assert_true(cli_check_utf8("", "it"));
    g_assert_false(cli_check_utf8("gr\xFC", "it"));
    g_assert_false(cli_check_utf8("\xED\xA0\x80", "it")); /* a surrogate */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/input/read-file", test_read_file);
    g_test_add_func("/cli/input/read-json", test_read_json);
    g_test_add_func("/cli/input/image-url", test_image_url);
    g_test_add_func("/cli/input/write-file", test_write_file);
    g_test_add_func("/cli/input/check-output", test_check_output);
    g_test_add_func("/cli/input/check-utf8", test_check_utf8);
    return g_test_run();
}
