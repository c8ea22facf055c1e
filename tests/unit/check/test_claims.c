/* SPDX-License-Identifier: Apache-2.0 */
/* Claims that a recording shows, claims that none asks for, and claims whose events do not come. */
#include "check/claims.h"

#include "rig.h"

#include <string.h>

/* What is found for these offers with the fake's good recording (a streamed text). */
static char *found(const char *offers, unsigned *shown)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autofree char *json = g_strdup_printf("{\"secrets\":{\"api-key\":{}},\"offers\":%s}", offers);
    g_autoptr(PbayRecording) recording = rig_read(text);
    g_autoptr(GPtrArray) recordings = g_ptr_array_new();
    g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
    PbayDriver *driver = rig_driver("good");
    PbayManifest *own = driver->manifest;

    g_ptr_array_add(recordings, recording);
    driver->manifest = pbay_manifest_parse(json, NULL);
    g_assert_nonnull(driver->manifest);
    *shown = pbay_claims_check(driver, recordings, findings);
    pbay_manifest_free(driver->manifest);
    driver->manifest = own;
    g_ptr_array_add(findings, NULL);
    return g_strjoinv("\n", (char **)findings->pdata);
}

static void says(const char *offers, unsigned cells, const char *said)
{
    unsigned shown = 0;
    g_autofree char *lines = found(offers, &shown);

    g_test_message("%s", lines);
    g_assert_cmpuint(shown, ==, cells);
    g_assert_nonnull(strstr(lines, said));
}

static void test_shown(void)
{
    unsigned shown = 0;
    g_autofree char *lines = found("{\"chat\":[\"stream\"]}", &shown);

    g_assert_null(strstr(lines, "chat claims"));
    g_assert_null(strstr(lines, "offers.chat"));
    g_assert_cmpuint(shown, ==, 2);
}

static void test_not_shown(void)
{
    says("{\"chat\":[\"tools\"]}", 1, "offers.chat claims tools, and no recording asks for it");
    says("{\"chat\":[\"reasoning\"]}", 1,
         "offers.chat claims reasoning: 1 recording asks for it, and none shows reasoning");
    says("{\"chat\":[\"dancing\"]}", 1, "\"dancing\" is no feature of this kind");
    says("{\"chat\":[],\"rerank\":[]}", 1, "offers.rerank: ");
}

static void test_missing_kind(void)
{
    says("{\"models\":[]}", 0, "offers has no \"chat\", which pb_driver.kinds has");
}

static void test_nothing_claimed(void)
{
    unsigned shown = 1;
    g_autofree char *lines = found("{}", &shown);

    g_assert_cmpstr(lines, ==, "");
    g_assert_cmpuint(shown, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/claims/shown", test_shown);
    g_test_add_func("/claims/not-shown", test_not_shown);
    g_test_add_func("/claims/missing-kind", test_missing_kind);
    g_test_add_func("/claims/nothing-claimed", test_nothing_claimed);
    return g_test_run();
}
