/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/manifest.h"

#include "base/error.h"

#include <patchbay/driver.h>

static PbayManifest *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    PbayManifest *manifest = pbay_manifest_parse(text, &error);
    g_assert_no_error(error);
    return manifest;
}

static void refuse(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(pbay_manifest_parse(text, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
    g_assert_cmpstr(error->message, ==, message);
}

static void test_empty(void)
{
    const char *texts[] = {NULL, "", "{}", "{\"of-the-future\":{\"x\":[1]}}"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(PbayManifest) manifest = parse(texts[i]);
        g_assert_cmpuint(manifest->options->len, ==, 0);
        g_assert_cmpuint(manifest->require->len, ==, 0);
        g_assert_null(manifest->origins[0]);
        g_assert_null(manifest->inline_parts[0]);
        g_assert_null(manifest->default_model);
        g_assert_null(manifest->not_isolated);
        g_assert_cmpint(manifest->priority, ==, 0);
        g_assert_null(pbay_manifest_option(manifest, "x"));
        g_assert_null(pbay_manifest_secret(manifest, "x"));
    }
}

static void test_whole(void)
{
    g_autoptr(PbayManifest) manifest = parse(
        "{\"options\":{\"region\":{}},\"secrets\":{\"api-key\":{\"env\":[\"K\"]}},"
        "\"origins\":[\"https://sts.{region}.example.com\"],\"inline\":[\"image_url\"],"
        "\"default-model\":\"m\",\"declares\":[\"libcrypto\"],\"note\":\"n\",\"priority\":-4}");
    g_assert_cmpint((int)pbay_manifest_option(manifest, "region")->type, ==, PBAY_OPTION_STRING);
    g_assert_cmpstr(pbay_manifest_secret(manifest, "api-key")->env[0], ==, "K");
    g_assert_cmpstr(manifest->origins[0], ==, "https://sts.{region}.example.com");
    g_assert_cmpstr(manifest->inline_parts[0], ==, "image_url");
    g_assert_cmpstr(manifest->default_model, ==, "m");
    g_assert_cmpstr(manifest->not_isolated[0], ==, "libcrypto");
    g_assert_cmpstr(manifest->note, ==, "n");
    g_assert_cmpint(manifest->priority, ==, -4);
}

static void test_refuses(void)
{
    refuse("[]", "manifest: must be an object");
    refuse("null", "manifest: must be an object");
    refuse(
        "{",
        "manifest: not valid JSON: a member name in double quotes is expected, at byte 1 (line 1, "
        "column 2)");
    refuse("{\"origins\":\"x\"}", "manifest: origins must be an array");
    refuse("{\"priority\":\"9\"}", "manifest: priority must be a whole number");
    refuse("{\"default-model\":[]}", "manifest: default-model must be a string");
    refuse("{\"note\":1}", "manifest: note must be a string");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/manifest/empty", test_empty);
    g_test_add_func("/drivers/manifest/whole", test_whole);
    g_test_add_func("/drivers/manifest/refuses", test_refuses);
    return g_test_run();
}
