/* SPDX-License-Identifier: Apache-2.0 */
/* Every driver and every look-alike of OpenAI has its golden: the conversation of thirty.json as
 * its request, unchanged but for the model, and the upstream body byte by byte. That the driver
 * sends these bytes is what patchbay-drivercheck finds out; here is seen to it that none goes
 * without. */
#include "answer/tree.h"
#include "check/compare.h"
#include "check/recording.h"
#include "golden/snippets.h"

#include <string.h>

static json_object *thirty(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "tests/golden/thirty.json", NULL);
    g_autofree char *text = NULL;
    gsize len = 0;
    json_object *tree = NULL;

    g_assert_true(g_file_get_contents(path, &text, &len, NULL));
    g_assert_true(pbay_tree_parse((pb_str){text, len}, &tree, NULL));
    return tree;
}

static void check_request(const PbayRecording *recording)
{
    json_object *expected = thirty(), *body = NULL;
    g_autofree char *where = NULL;
    const pb_str text = {recording->body, strlen(recording->body)};

    g_assert_true(pbay_tree_parse(text, &body, NULL));
    json_object_object_del(expected, "model");
    json_object_object_del(body, "model");
    if (!pbay_compare_equal(expected, body, &where))
        g_error("%s: the request is not tests/golden/thirty.json: %s", recording->path, where);
    json_object_put(expected);
    json_object_put(body);
}

/* A driver that sends nothing has no bytes to hold. */
static void check_bytes(const PbayRecording *recording)
{
    bool exact = recording->replies->len == 0;

    for (guint i = 0; i < recording->replies->len; i++) {
        const PbayRecordedReply *reply = g_ptr_array_index(recording->replies, i);

        exact |= json_object_object_get(reply->send, "body_text") != NULL;
    }
    if (!exact)
        g_error("%s: no request has a body_text", recording->path);
}

static void test_golden(gconstpointer data)
{
    const char *path = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayRecording) recording = pbay_recording_read(path, &error);

    g_assert_no_error(error);
    g_assert_cmpint(recording->kind, ==, PB_KIND_CHAT);
    check_request(recording);
    check_bytes(recording);
}

/* A look-alike's golden is its own, not that of another with its name. */
static void test_alike(gconstpointer data)
{
    const char *provider = data;
    g_autofree char *prefix = golden_prefix(provider);
    g_autofree char *name = g_strconcat(prefix, "golden-thirty.jsonl", NULL);
    g_autofree char *path = golden_recording(name);
    g_autoptr(PbayRecording) recording = pbay_recording_read(path, NULL);

    test_golden(path);
    g_assert_cmpstr(recording->provider, ==, provider);
}

static void add_alikes(const GPtrArray *alikes)
{
    for (guint i = 0; i < alikes->len; i++) {
        g_autofree char *test = g_strconcat("/golden/alike/", alikes->pdata[i], NULL);

        g_test_add_data_func(test, alikes->pdata[i], test_alike);
    }
}

int main(int argc, char **argv)
{
    g_autofree char *plugins = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "plugins", NULL);
    g_autoptr(GDir) dir = g_dir_open(plugins, 0, NULL);
    g_autoptr(GPtrArray) alikes = golden_alikes();
    const char *name;

    g_test_init(&argc, &argv, NULL);
    add_alikes(alikes);
    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *recordings = g_build_filename(plugins, name, "recordings", NULL);
        g_autofree char *test = g_strconcat("/golden/", name, NULL);

        if (g_file_test(recordings, G_FILE_TEST_IS_DIR))
            g_test_add_data_func_full(test,
                                      g_build_filename(recordings, "golden-thirty.jsonl", NULL),
                                      test_golden, g_free);
    }
    return g_test_run();
}
