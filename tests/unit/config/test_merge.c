/* SPDX-License-Identifier: Apache-2.0 */
/* Merging: key by key, the last file wins, origins follow, order of first appearance stays. */
#include "base/str.h"
#include "config/merge.h"
#include "unit/config/fixture.h"

static void merge(PbayConfig *config, const char *file, const char *text, PbayProblems *problems)
{
    g_autoptr(GPtrArray) groups = pbay_config_scan(file, pbay_str(text), problems);
    for (guint i = 0; i < groups->len; i++)
        pbay_config_merge_group(config, file, g_ptr_array_index(groups, i), problems);
}

static char *dump(const PbayConfig *config)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < config->sections->len; i++) {
        const PbayConfigSection *section = g_ptr_array_index(config->sections, i);
        g_string_append_printf(out, "[%s|%s]%s:%d", section->kind, section->name,
                               section->pub.origin.file, section->pub.origin.line);
        for (guint k = 0; k < section->entries->len; k++) {
            const PbayConfigEntry *entry = g_ptr_array_index(section->entries, k);
            g_string_append_printf(out, " %s=%s@%s:%d", entry->key, entry->raw,
                                   entry->pub.origin.file, entry->pub.origin.line);
        }
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

static void test_last_wins(void)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_new();
    merge(config, "A", "[log]\nlevel=info\nformat=text\n[provider groq]\nmatch=a\n", problems);
    merge(config, "B", "[defaults]\n[log]\nformat=json\n[provider groq]\napi-key=k\n", problems);
    g_autofree char *shown = dump(config);
    g_assert_cmpstr(shown, ==,
                    "[log|]A:1 level=info@A:2 format=json@B:3\n"
                    "[provider|groq]A:4 match=a@A:5 api-key=k@B:5\n"
                    "[defaults|]B:1\n");
    g_assert_cmpuint(problems->len, ==, 0);
    g_assert_cmpuint(pbay_config_sections(config, "provider")->len, ==, 1);
    g_assert_cmpuint(pbay_config_sections(config, "model")->len, ==, 0);
}

static void test_headers_fold(void)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_new();
    merge(config, "A", "[provider a]\nheader.X-One=1\nRegion=r\n", problems);
    merge(config, "B", "[provider a]\nheader.x-one=2\nregion=s\n", problems);
    g_autofree char *shown = dump(config);
    g_assert_cmpstr(shown, ==, "[provider|a]A:1 header.X-One=2@B:2 Region=r@A:3 region=s@B:3\n");
    g_assert_cmpuint(problems->len, ==, 0);
    merge(config, "C", "[provider a]\nheader.x-two=1\nheader.X-TWO=2\n", problems);
    fixture_assert_problems(
        problems, "C:3: key `header.X-TWO` stands twice in [provider a], first in line 2\n"
                  "  header names are one whatever their case; delete one of the two lines\n");
}

static void test_sets(void)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_new();
    merge(config, "A", "[log]\nlevel=info\n", problems);
    pbay_config_merge_set(config, "log", "", "level", "debug");
    pbay_config_merge_set(config, "log", "", "level", "a $b\\");
    pbay_config_merge_set(config, "provider", "x", "api-key", "k");
    g_autofree char *shown = dump(config);
    g_assert_cmpstr(shown, ==,
                    "[log|]A:1 level=a $$b\\\\@(set by program):0\n"
                    "[provider|x](set by program):0 api-key=k@(set by program):0\n");
    const PbayConfigEntry *entry =
        pbay_config_find_entry(pbay_config_find_section(config, "log", ""), "level");
    g_assert_cmpstr(entry->literal, ==, "a $b\\");
}

static void test_names(void)
{
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_new();
    merge(config, "A", "[model a b/c:d.e]\nx-note=1\ntargets=a/b\n[model  two]\n[nope]\nk=v\n",
          problems);
    const PbayConfigSection *section = pbay_config_find_section(config, "model", "a b/c:d.e");
    g_assert_nonnull(section);
    g_assert_cmpuint(section->entries->len, ==, 2);
    g_assert_cmpuint(section->pub.values->len, ==, 1); /* x- keys are nobody's business */
    g_assert_nonnull(pbay_config_find_section(config, "model", " two"));
    g_assert_null(pbay_config_find_section(config, "model", "two"));
    const PbayConfigSection *nope = pbay_config_find_section(config, "nope", "");
    g_assert_null(nope->def);
    g_assert_cmpint(pbay_config_form(pbay_config_find_entry(nope, "k")), ==, PBAY_FORM_OPEN);
    g_assert_cmpint(pbay_config_form(pbay_config_find_entry(section, "targets")), ==,
                    PBAY_FORM_LIST);
}

static void test_references(void)
{
    PbayConfig *config = pbay_config_new();
    g_assert_true(pbay_config_ref(config) == config);
    pbay_config_unref(config);
    pbay_config_merge_set(config, "log", "", "level", "info");
    pbay_config_unref(config);
    pbay_config_unref(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/merge/last-wins", test_last_wins);
    g_test_add_func("/merge/headers-fold", test_headers_fold);
    g_test_add_func("/merge/sets", test_sets);
    g_test_add_func("/merge/names", test_names);
    g_test_add_func("/merge/references", test_references);
    return g_test_run();
}
