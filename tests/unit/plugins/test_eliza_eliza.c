/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's face: its tables, its manifest, and each kind it takes or refuses. */
#include "eliza_run.h"

#include <string.h>

static void test_tables(void)
{
    const pb_driver *driver = patchbay_driver_get(PB_DRIVER_IFACE);
    const pb_execute *execute = patchbay_driver_get(PB_EXECUTE_IFACE);
    g_assert_null(patchbay_driver_get("patchbay.driver/2"));
    g_assert_null(patchbay_driver_get(""));
    g_assert_cmpuint(driver->size, ==, sizeof *driver);
    g_assert_cmpuint(execute->size, ==, sizeof *execute);
    g_assert_true((driver->flags & PB_DRIVER_EXECUTE) != 0);
    g_assert_cmpstr(driver->prefixes[0], ==, "eliza");
    g_assert_nonnull(execute->run);
}

static void test_manifest(void)
{
    const pb_driver *driver = patchbay_driver_get(PB_DRIVER_IFACE);
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) error = NULL;
    const pb_json *manifest =
        pbay_json_parse(arena, pbay_str(driver->manifest), NULL, PBAY_JSON_UNIQUE, &error);
    g_assert_no_error(error);
    pb_str note = pbay_json_str(pbay_json_get(manifest, PBAY_STR("note")));
    g_assert_nonnull(g_strstr_len(note.ptr, (gssize)note.len, "not a language model"));
    g_assert_cmpint(pbay_json_type(pbay_json_get(manifest, PBAY_STR("default-model"))), ==,
                    PB_JSON_NULL);
}

static void test_kinds(void)
{
    eliza_expect(PB_KIND_PROBE, NULL, "done");
    g_autofree char *models = eliza_run(PB_KIND_MODELS, "", NULL, -1);
    g_assert_cmpstr(models, ==,
                    "model 0 id=doctor name=ELIZA with the DOCTOR script, 1966; not a language "
                    "model\ndone");
    eliza_expect(PB_KIND_IMAGE, "{}", "fail 3\nfailed");
    g_autofree char *other = eliza_run(
        PB_KIND_CHAT, "gpt-4", "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}", -1);
    g_assert_cmpstr(other, ==, "fail 7 param=model\nfailed");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eliza/tables", test_tables);
    g_test_add_func("/eliza/manifest", test_manifest);
    g_test_add_func("/eliza/kinds", test_kinds);
    return g_test_run();
}
