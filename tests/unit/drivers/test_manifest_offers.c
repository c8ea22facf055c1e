/* SPDX-License-Identifier: Apache-2.0 */
/* What a manifest says the driver proves, and every way to say it wrongly. */
#include "base/error.h"
#include "drivers/manifest.h"

#include <patchbay/driver.h>
#include <string.h>

static void test_read(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayManifest) manifest = pbay_manifest_parse(
        "{\"offers\":{\"chat\":[\"stream\",\"parallel-tools\"],\"dancing\":[\"waltz\"],"
        "\"models\":[]}}",
        &error);
    const PbayOffer *chat, *models;

    g_assert_no_error(error);
    g_assert_cmpuint(manifest->offers->len, ==, 2); /* a kind of the future is no error */
    chat = g_ptr_array_index(manifest->offers, 0);
    models = g_ptr_array_index(manifest->offers, 1);
    g_assert_cmpint(chat->kind, ==, PB_KIND_CHAT);
    g_assert_cmpstr(chat->features[0], ==, "stream");
    g_assert_cmpstr(chat->features[1], ==, "parallel-tools");
    g_assert_null(chat->features[2]);
    g_assert_cmpint(models->kind, ==, PB_KIND_MODELS);
    g_assert_null(models->features[0]);
}

static void test_nothing_said(void)
{
    g_autoptr(PbayManifest) manifest = pbay_manifest_parse("{}", NULL);

    g_assert_cmpuint(manifest->offers->len, ==, 0);
}

static void test_wrong(void)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"{\"offers\":[]}", "offers"},
        {"{\"offers\":{\"chat\":\"stream\"}}", "offers.chat"},
        {"{\"offers\":{\"chat\":[1]}}", "offers.chat"},
        {"{\"offers\":{\"chat\":[\"\"]}}", "offers.chat"},
        {"{\"offers\":{\"chat\":[\"Stream\"]}}", "\"Stream\" is not a name"},
        {"{\"offers\":{\"chat\":[\"n\",\"n\"]}}", "\"n\" stands twice"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(pbay_manifest_parse(cases[i].text, &error));
        g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
        g_assert_nonnull(strstr(error->message, cases[i].said));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/manifest-offers/read", test_read);
    g_test_add_func("/manifest-offers/nothing-said", test_nothing_said);
    g_test_add_func("/manifest-offers/wrong", test_wrong);
    return g_test_run();
}
