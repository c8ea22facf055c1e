/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped list of prices: it loads without a complaint, every figure names a provider that
 * there is and the source it is from, and the figures that others count on are there. */
#include "price/figures.h"
#include "unit/price/fixture.h"

#define MILLION 1000000

static char *source_path(const char *name)
{
    return g_build_filename(g_getenv("PBAY_SOURCE_DIR"), name, NULL);
}

static Fixture shipped(const char *later)
{
    g_autofree char *folder = source_path("conf.d");
    const char *const paths[] = {folder, NULL}, *const extra[] = {later, NULL};
    PbayConfigInput input = {.paths = paths, .extra = extra};
    Fixture f = {.problems = pbay_problems_new()};
    f.config = pbay_config_load(&input, f.problems);
    f.list = pbay_price_list_new(f.config, f.problems);
    fixture_assert_problems(f.problems, "");
    return f;
}

/* A section of that name, or a driver whose prefix it is. */
static bool is_provider(const PbayConfig *config, const char *name)
{
    g_autofree char *plugin = g_build_filename("plugins", name, "manifest.json", NULL);
    g_autofree char *manifest = source_path(plugin);
    return pbay_config_section(config, "provider", name) != NULL ||
           g_file_test(manifest, G_FILE_TEST_EXISTS);
}

static void assert_sound(const Fixture *f, const PbaySection *section)
{
    g_autofree char *provider = g_strndup(section->name, strcspn(section->name, "/"));
    if (!is_provider(f->config, provider))
        g_error("[price %s]: there is no provider %s", section->name, provider);
    const PbayPrice *price = pbay_price_find(f->list, section->name);
    g_assert_nonnull(price);
    if (!price->base.has[PBAY_FIGURE_INPUT])
        g_error("[price %s] has no input", section->name);
    for (guint i = 0; i < price->tiers->len; i++) {
        const PbayTier *tier = &g_array_index(price->tiers, PbayTier, i);
        if (tier->above < 1000)
            g_error("[price %s] has a tier above %d tokens", section->name, (int)tier->above);
    }
    /* Dollars a million, not dollars a token or a thousand. */
    PbayMoney most = (PbayMoney)1000 * 1000000000000000000;
    for (PbayFigure figure = 0; figure < PBAY_FIGURES; figure++)
        if (price->base.usd[figure] > most)
            g_error("[price %s] `%s` is more than 1000", section->name, pbay_figure_key(figure));
    PbayMoney cached = price->base.usd[PBAY_FIGURE_CACHED];
    if (cached > price->base.usd[PBAY_FIGURE_INPUT])
        g_error("[price %s]: the cache costs more than reading", section->name);
}

static void test_sound(void)
{
    Fixture f = shipped(NULL);
    const GPtrArray *sections = pbay_config_sections(f.config, "price");
    g_assert_cmpuint(sections->len, >=, 200);
    for (guint i = 0; i < sections->len; i++)
        assert_sound(&f, g_ptr_array_index(sections, i));
    fixture_clear(&f);
}

/* Over each section stands where its figures are from, and of when. */
static void test_sources(void)
{
    g_autofree char *path = source_path("conf.d/prices.conf");
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GRegex) source = g_regex_new("^# https://.*\\b20[0-9]{2}", 0, 0, NULL);
    for (guint i = 1; lines[i] != NULL; i++) {
        bool free_of_charge = strcmp(lines[i], "[price eliza/doctor]") == 0;
        if (!g_str_has_prefix(lines[i], "[price ") || free_of_charge)
            continue;
        if (!g_regex_match(source, lines[i - 1], 0, NULL))
            g_error("%s has no source above it", lines[i]);
    }
}

static void assert_figures(const Fixture *f, const char *target, const char *input,
                           const char *output)
{
    fixture_assert_cost(f, target, (PbayTokens){.input = MILLION / 10}, input);
    fixture_assert_cost(f, target, (PbayTokens){.output = MILLION / 10}, output);
}

static void test_known(void)
{
    Fixture f = shipped(NULL);
    assert_figures(&f, "openai/gpt-4", "3", "6");
    assert_figures(&f, "openai/gpt-4-turbo", "1", "3");
    assert_figures(&f, "openai/gpt-3.5-turbo", "0.15", "0.2");
    assert_figures(&f, "anthropic/claude-3-opus-20240229", "1.5", "7.5");
    assert_figures(&f, "anthropic/claude-3-sonnet-20240229", "0.3", "1.5");
    assert_figures(&f, "anthropic/claude-3-haiku-20240307", "0.025", "0.125");
    fixture_assert_cost(&f, "gemini/gemini-2.5-pro", (PbayTokens){.input = 200000}, "0.25");
    fixture_assert_cost(&f, "gemini/gemini-2.5-pro", (PbayTokens){.input = 200001}, "0.5000025");
    fixture_assert_cost(&f, "eliza/doctor", (PbayTokens){.input = 5, .output = 5}, "0");
    fixture_clear(&f);
}

static void test_vendors(void)
{
    static const char *const VENDORS[] = {"openai",    "anthropic",   "gemini",      "vertex_ai",
                                          "bedrock",   "cohere",      "ai21",        "mistral",
                                          "groq",      "deepseek",    "xai",         "perplexity",
                                          "replicate", "together_ai", "fireworks_ai"};
    Fixture f = shipped(NULL);
    const GPtrArray *sections = pbay_config_sections(f.config, "price");
    for (size_t v = 0; v < G_N_ELEMENTS(VENDORS); v++) {
        g_autofree char *prefix = g_strconcat(VENDORS[v], "/", NULL);
        guint n = 0;
        for (guint i = 0; i < sections->len; i++)
            n += g_str_has_prefix(((PbaySection *)sections->pdata[i])->name, prefix) ? 1u : 0u;
        if (n < 3)
            g_error("%s has %u prices", VENDORS[v], n);
    }
    fixture_clear(&f);
}

/* A file of one's own changes the figures it names, and adds models. */
static void test_override(void)
{
    char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "my.conf",
                                          "[price openai/gpt-4]\ninput = 20\n"
                                          "[price azure/prod]\ninput = 1\noutput = 2\n");
    Fixture f = shipped(path);
    assert_figures(&f, "openai/gpt-4", "2", "6");
    assert_figures(&f, "azure/prod", "0.1", "0.2");
    fixture_clear(&f);
    fixture_remove(dir);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shipped/sound", test_sound);
    g_test_add_func("/shipped/sources", test_sources);
    g_test_add_func("/shipped/known", test_known);
    g_test_add_func("/shipped/vendors", test_vendors);
    g_test_add_func("/shipped/override", test_override);
    return g_test_run();
}
