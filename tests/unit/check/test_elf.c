/* SPDX-License-Identifier: Apache-2.0 */
/* Shared objects read as they are, cut off anywhere, and with bytes changed: facts or a refusal,
 * never a read beyond the end. */
#include "check/elf.h"

#include "base/error.h"
#include "rig.h"

#include <string.h>

static void test_good(void)
{
    g_autofree char *path = rig_driver_path("good");
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayElf) elf = pbay_elf_read(path, &error);

    g_assert_no_error(error);
    g_assert_true(pbay_elf_has(elf->exports, "patchbay_driver_get"));
    g_assert_true(pbay_elf_has(elf->imports, "calloc"));
    g_assert_true(pbay_elf_has(elf->needed, "libc.so.6"));
    g_assert_false(pbay_elf_has(elf->needed, "libcurl.so.4"));
    g_assert_true(elf->nodelete);
}

static void test_none(void)
{
    g_autoptr(GError) missing = NULL, text = NULL, empty = NULL;

    g_assert_null(pbay_elf_read("/nonexistent.so", &missing));
    g_assert_error(missing, PBAY_ERROR, PB_ERR_INVALID);
    g_assert_null(pbay_elf_parse("#!/bin/sh", 9, &text));
    g_assert_error(text, PBAY_ERROR, PB_ERR_INVALID);
    g_assert_null(pbay_elf_parse("", 0, &empty));
    g_assert_error(empty, PBAY_ERROR, PB_ERR_INVALID);
}

/* A copy of exactly these bytes, so that a sanitizer sees what lies beyond. */
static void parse_copy(const char *bytes, size_t len)
{
    g_autofree char *copy = g_memdup2(bytes, MAX(len, 1));
    PbayElf *elf = pbay_elf_parse(copy, len, NULL);

    pbay_elf_free(elf);
}

static void test_broken(void)
{
    g_autofree char *path = rig_driver_path("good"), *bytes = NULL;
    size_t len = 0;

    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    for (size_t cut = 0; cut < len; cut += cut < 4096 ? 37 : 991)
        parse_copy(bytes, cut);
    for (size_t at = 0; at < MIN(len, 4096); at += 3) {
        char was = bytes[at];

        bytes[at] = (char)0xff;
        parse_copy(bytes, len);
        bytes[at] = was;
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/elf/good", test_good);
    g_test_add_func("/check/elf/none", test_none);
    g_test_add_func("/check/elf/broken", test_broken);
    return g_test_run();
}
