/* SPDX-License-Identifier: Apache-2.0 */
/* A table that tells the truth, and each way in which one does not: the openai driver, which sends
 * what it is asked, held against fates that are right and wrong. */
#include "check/fates.h"

#include "exchange/exchange.h"

#include <string.h>

static PbayDriver *openai(void)
{
    g_autofree char *path = g_strdup_printf("%s/drivers/openai.so", g_getenv("PBAY_BUILD_DIR"));
    PbayDriver *driver = pbay_drivers_load_file(path, pbay_services());

    g_assert_cmpstr(driver->reason, ==, NULL);
    return driver;
}

/* What is found when openai's driver has this table; `parameters` is the inside of the object. */
static char *found(const char *parameters, unsigned *checked)
{
    g_autofree char *path = g_build_filename(g_getenv("PBAY_SOURCE_DIR"),
                                             "plugins/openai/recordings/chat-text.jsonl", NULL);
    g_autoptr(PbayRecording) recording = pbay_recording_read(path, NULL);
    g_autoptr(GPtrArray) recordings = g_ptr_array_new();
    g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *json = g_strdup_printf("{\"parameters\":{%s}}", parameters);
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayManifest) other = pbay_manifest_parse(json, &error);
    PbayDriver *driver = openai();
    GPtrArray *own = driver->manifest->parameters;

    g_assert_no_error(error);
    g_ptr_array_add(recordings, recording);
    driver->manifest->parameters = other->parameters;
    *checked = pbay_fates_check(driver, recordings, findings);
    driver->manifest->parameters = own;
    g_ptr_array_add(findings, NULL);
    return g_strjoinv("\n", (char **)findings->pdata);
}

static void says(const char *parameters, const char *name, const char *said)
{
    unsigned checked = 0;
    g_autofree char *lines = found(parameters, &checked);
    g_autofree char *start = g_strdup_printf("parameters.%s: ", name);
    const char *at = strstr(lines, start);

    g_assert_cmpuint(checked, >, 25);
    if (said == NULL) {
        g_assert_null(at);
        return;
    }
    g_assert_nonnull(at);
    g_test_message("%.*s", (int)strcspn(at, "\n"), at);
    g_assert_true(g_str_has_prefix(at + strlen(start), said));
}

static void test_right(void)
{
    says("\"seed\":{\"fate\":\"same\"}", "seed", NULL);
    says("\"seed\":{\"fate\":\"renamed\",\"to\":\"x.seed\"}", "seed", NULL);
    says("\"tools\":{\"fate\":\"same\"},\"tool_choice\":{\"fate\":\"same\"}", "tool_choice", NULL);
    says("\"seed\":{\"fate\":\"hint\",\"note\":\"not on some models\"}", "seed", NULL);
    says("\"cache_control\":{\"fate\":\"hint\"}", "cache_control", NULL);
}

static void test_wrong(void)
{
    says("\"seed\":{\"fate\":\"same\"}", "user", "the manifest does not say");
    says("\"seed\":{\"fate\":\"same\"}", "model", "the manifest does not say");
    says("\"seed\":{\"fate\":\"renamed\",\"to\":\"random_seed\"}", "seed",
         "is renamed, and the new name is not in what is sent");
    says("\"user\":{\"fate\":\"clamped\"}", "user",
         "its fate is clamped, and no value of it gives that note");
}

/* The same on a look-alike that does not take them: they are lost, and noted as hints. */
static void test_lost(void)
{
    g_autofree char *path = g_build_filename(g_getenv("PBAY_SOURCE_DIR"),
                                             "plugins/openai/recordings/groq-tier.jsonl", NULL);
    g_autoptr(PbayRecording) recording = pbay_recording_read(path, NULL);
    g_autoptr(GPtrArray) recordings = g_ptr_array_new();
    g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *lines = NULL;

    g_ptr_array_add(recordings, recording);
    pbay_fates_check(openai(), recordings, findings);
    g_ptr_array_add(findings, NULL);
    lines = g_strjoinv("\n", (char **)findings->pdata);
    g_test_message("%s", lines);
    g_assert_nonnull(strstr(lines, "parameters.n: is noted as lost, which its fate does not say"));
}

static void test_nothing_to_try(void)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) findings = g_ptr_array_new();

    g_assert_cmpuint(pbay_fates_check(openai(), none, findings), ==, 0);
    g_assert_cmpuint(findings->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fates/right", test_right);
    g_test_add_func("/fates/wrong", test_wrong);
    g_test_add_func("/fates/lost", test_lost);
    g_test_add_func("/fates/nothing-to-try", test_nothing_to_try);
    return g_test_run();
}
