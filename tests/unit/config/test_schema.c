/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: sound in themselves, and lookups in them. */
#include "config/schema.h"
#include "config/types.h"
#include "unit/config/fixture.h"

static void check_key(const PbaySectionDef *section, const PbayKeyDef *key)
{
    g_assert_cmpint((int)strlen(key->help), >, 5);
    g_assert_cmpint(key->type == PBAY_KEY_CHOICE, ==, key->choices != NULL);
    bool ranged = key->type == PBAY_KEY_INTEGER || key->type == PBAY_KEY_DURATION ||
                  key->type == PBAY_KEY_SIZE;
    g_assert_cmpint(ranged, ==, key->max > key->min);
    g_assert_cmpint(key->type, !=, PBAY_KEY_OPEN);
    if (strchr(key->name, '*') == NULL)
        g_assert_true(pbay_schema_key(section, key->name) == key);
}

static void test_tables(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const PbaySectionDef *section = pbay_schema_sections(); section->kind != NULL; section++) {
        g_assert_true(pbay_schema_section(section->kind) == section);
        g_assert_nonnull(section->help);
        for (const PbayKeyDef *key = section->keys; key->name != NULL; key++) {
            check_key(section, key);
            char *name = g_strconcat(section->kind, ".", key->name, NULL);
            if (!g_hash_table_add(seen, name))
                g_error("twice in the tables: %s", name);
        }
    }
    g_assert_cmpuint(g_hash_table_size(seen), >, 40);
    g_assert_null(pbay_schema_section("Provider"));
    g_assert_null(pbay_schema_section(""));
}

static void assert_falls(const char *kind, const char *key, const char *def)
{
    const PbayKeyDef *found = pbay_schema_key(pbay_schema_section(kind), key);
    g_assert_cmpstr(found != NULL ? found->name : NULL, ==, def);
}

static void test_keys(void)
{
    assert_falls("provider", "api-key", "api-key");
    assert_falls("provider", "api-key-env", "*-env");
    assert_falls("provider", "base-url-env", "*-env");
    assert_falls("provider", "-env", NULL);
    assert_falls("provider", "header.X-Title", "header.*");
    assert_falls("provider", "header.", NULL);
    assert_falls("provider", "region", NULL);
    assert_falls("model", "rule.1", "rule.*");
    assert_falls("model", "rule", NULL);
    assert_falls("model", "timeout-first-token", "timeout-first-token");
    assert_falls("price", "above-200000.input", "above-*");
    assert_falls("price", "above-", NULL);
    assert_falls("provider", "timeout-attempt", "timeout-attempt");
    assert_falls("provider", "retries", NULL);
    assert_falls("defaults", "api-key", NULL);
    assert_falls("defaults", "Timeout", NULL);
    g_autofree const char **names = pbay_schema_key_names(pbay_schema_section("log"));
    fixture_assert_items((char *const *)names, "[level]|[format]");
    g_autofree const char **model = pbay_schema_key_names(pbay_schema_section("model"));
    g_assert_false(g_strv_contains((const char *const *)model, "rule.*"));
}

static void test_names(void)
{
    const char *const good[] = {"a", "0", "vertex_ai", "text-gen-2"};
    const char *const bad[] = {"", "A", "-a", "_a", "a b", "a.b", "a/b", "\xc3\xa9", "a\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(pbay_schema_is_plain_name(good[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(pbay_schema_is_plain_name(bad[i]));
    g_autofree char *long_name = g_strnfill(65, 'a');
    g_assert_false(pbay_schema_is_plain_name(long_name));
    g_assert_true(pbay_schema_is_plain_name(long_name + 1));
    g_assert_true(pbay_schema_is_header_key("header.a"));
    g_assert_false(pbay_schema_is_header_key("header."));
    g_assert_false(pbay_schema_is_header_key("headers"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schema/tables", test_tables);
    g_test_add_func("/schema/keys", test_keys);
    g_test_add_func("/schema/names", test_names);
    return g_test_run();
}
