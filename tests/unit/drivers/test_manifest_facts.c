/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/manifest_parts.h"

#include "base/error.h"

#include <patchbay/driver.h>

static void refuse(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(pbay_manifest_parse(text, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
    g_assert_cmpstr(error->message, ==, message);
}

static void test_good(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayManifest) m = pbay_manifest_parse(
        "{\"batch\":{\"embedding\":[{\"models\":\"titan-*\",\"max\":1,\"parallel\":8},{\"max\":"
        "2048,\"origin\":\"https://api.test\"}],"
        "\"telepathy\":[{\"max\":0}]},"
        "\"models\":[{\"id\":\"a\",\"context\":10},{\"id\":\"b\"}],"
        "\"parameters\":{\"max_tokens\":{\"fate\":\"renamed\",\"to\":\"mct\",\"note\":\"n\"},"
        "\"seed\":{\"fate\":\"same\"}}}",
        &error);
    g_assert_no_error(error);
    g_assert_cmpuint(m->batch->len, ==, 2);
    const PbayBatchRule *first = g_ptr_array_index(m->batch, 0);
    const PbayBatchRule *second = g_ptr_array_index(m->batch, 1);
    g_assert_cmpint(first->kind, ==, PB_KIND_EMBEDDING);
    g_assert_cmpint(first->parallel, ==, 8);
    g_assert_cmpstr(second->models, ==, "*");
    g_assert_cmpint(second->max, ==, 2048);
    g_assert_null(first->origin);
    g_assert_cmpstr(second->origin, ==, "https://api.test");
    g_assert_cmpint(second->parallel, ==, 1);
    const PbayModelInfo *model = g_ptr_array_index(m->models, 0);
    g_assert_cmpstr(model->id, ==, "a");
    json_object *context = NULL;
    g_assert_true(json_object_object_get_ex(model->details, "context", &context));
    g_assert_cmpint(json_object_get_int(context), ==, 10);
    const PbayParameter *parameter = g_ptr_array_index(m->parameters, 0);
    g_assert_cmpstr(parameter->name, ==, "max_tokens");
    g_assert_cmpstr(parameter->to, ==, "mct");
    g_assert_cmpstr(parameter->note, ==, "n");
}

static void test_bad(void)
{
    refuse("{\"batch\":[]}", "manifest: batch must be an object");
    refuse("{\"batch\":{\"embedding\":{}}}",
           "manifest: batch.embedding must be an array of objects");
    refuse("{\"batch\":{\"embedding\":[1]}}",
           "manifest: batch.embedding must be an array of objects");
    refuse("{\"batch\":{\"embedding\":[{}]}}",
           "manifest: batch.embedding needs max from 1 to 1000000 and parallel from 1 to 64");
    refuse("{\"batch\":{\"embedding\":[{\"max\":1,\"parallel\":65}]}}",
           "manifest: batch.embedding needs max from 1 to 1000000 and parallel from 1 to 64");
    refuse("{\"models\":{}}", "manifest: models must be an array");
    refuse("{\"models\":[\"a\"]}", "manifest: models must be an array of objects");
    refuse("{\"models\":[{\"id\":\"\"}]}",
           "manifest: models needs an \"id\" in each of its objects");
    refuse("{\"models\":[{\"id\":3}]}", "manifest: models.id must be a string");
    refuse(
        "{\"parameters\":{\"n\":{}}}",
        "manifest: parameters.n needs a fate: same, renamed, emulated, clamped, hint or essential");
    refuse("{\"parameters\":{\"n\":{\"fate\":\"renamed\"}}}",
           "manifest: parameters.n is renamed and needs \"to\"");
    refuse("{\"parameters\":{\"n\":3}}", "manifest: parameters.n must be an object");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/manifest-facts/good", test_good);
    g_test_add_func("/drivers/manifest-facts/bad", test_bad);
    return g_test_run();
}
