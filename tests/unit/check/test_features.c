/* SPDX-License-Identifier: Apache-2.0 */
/* Each feature: a request that asks for it, events that show it, and ones that do not. */
#include "check/features.h"

#include "answer/tree.h"
#include "base/str.h"

#include <patchbay/driver.h>
#include <string.h>

typedef struct Row {
    int32_t kind;
    const char *feature, *body, *shown, *not_shown; /* not_shown NULL: nothing is refused */
} Row;

#define DONE "{\"kind\":\"finish\",\"text\":\"stop\"}"
#define CALL(n)                                                                                    \
    "{\"kind\":\"tool_call\",\"index\":" n ",\"id\":\"a\",\"name\":\"f\",\"text\":\"{}\"}"
#define TEXT(t)    "{\"kind\":\"text\",\"text\":\"" t "\"}"
#define TOOLS      "\"tools\":[{\"type\":\"function\"}]"
#define WITH(part) "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"" part "\"}]}]}"

static const Row rows[] = {
    {PB_KIND_CHAT, "tools", "{" TOOLS "}", "[" CALL("0") "]", "[" TEXT("x") "]"},
    {PB_KIND_CHAT, "parallel-tools", "{" TOOLS "}", "[" CALL("0") "," CALL("1") "]",
     "[" CALL("0") "," CALL("0") "]"},
    {PB_KIND_CHAT, "tool-choice", "{" TOOLS ",\"tool_choice\":\"required\"}", "[" CALL("0") "]",
     "[" DONE "]"},
    {PB_KIND_CHAT, "tool-choice", "{" TOOLS ",\"tool_choice\":{}}", "[" CALL("0") "]", NULL},
    {PB_KIND_CHAT, "tool-results", "{\"messages\":[{\"role\":\"tool\",\"content\":\"4\"}]}",
     "[" DONE "]", "[" TEXT("x") "]"},
    {PB_KIND_CHAT, "images", WITH("image_url"), "[" DONE "]", "[]"},
    {PB_KIND_CHAT, "documents", WITH("file"), "[" DONE "]", "[]"},
    {PB_KIND_CHAT, "audio", WITH("input_audio"), "[" DONE "]", "[]"},
    {PB_KIND_CHAT, "json", "{\"response_format\":{\"type\":\"json_object\"}}",
     "[" TEXT("{\\\"a\\\":1}") "]", "[" TEXT("{\\\"a\\\":") "]"},
    {PB_KIND_CHAT, "schema", "{\"response_format\":{\"type\":\"json_schema\"}}", "[" TEXT("{}") "]",
     "[" TEXT("[]") "]"},
    {PB_KIND_CHAT, "reasoning", "{}", "[{\"kind\":\"reasoning\",\"text\":\"hm\"}]", "[" DONE "]"},
    {PB_KIND_CHAT, "usage", "{}", "[{\"kind\":\"usage\",\"in\":1,\"out\":2}]",
     "[{\"kind\":\"usage\",\"in\":1}]"},
    {PB_KIND_EMBEDDING, "usage", "{}", "[{\"kind\":\"usage\",\"in\":1}]", "[]"},
    {PB_KIND_CHAT, "cached-usage", "{}", "[{\"kind\":\"usage\",\"in\":9,\"cached\":5}]",
     "[{\"kind\":\"usage\",\"in\":9,\"cached\":0}]"},
    {PB_KIND_CHAT, "logprobs", "{\"logprobs\":true}",
     "[{\"kind\":\"extra\",\"name\":\"logprobs\",\"json\":{}}]",
     "[{\"kind\":\"extra\",\"name\":\"citations\",\"json\":{}}]"},
    {PB_KIND_CHAT, "n", "{\"n\":2}", "[" DONE ",{\"kind\":\"finish\",\"choice\":1}]", "[" DONE "]"},
    {PB_KIND_CHAT, "citations", "{}", "[{\"kind\":\"extra\",\"name\":\"annotations\"}]",
     "[" DONE "]"},
    {PB_KIND_EMBEDDING, "many", "{}",
     "[{\"kind\":\"vector\",\"index\":0},{\"kind\":\"vector\",\"index\":1}]",
     "[{\"kind\":\"vector\",\"index\":0}]"},
    {PB_KIND_EMBEDDING, "dimensions", "{\"dimensions\":2}",
     "[{\"kind\":\"vector\",\"index\":0,\"vector\":[1,2]}]",
     "[{\"kind\":\"vector\",\"index\":0,\"vector\":[1,2,3]}]"},
    {PB_KIND_IMAGE, "url", "{}", "[{\"kind\":\"json\",\"json\":{\"data\":[{\"url\":\"u\"}]}}]",
     "[{\"kind\":\"json\",\"json\":{\"data\":[]}}]"},
    {PB_KIND_IMAGE, "b64", "{}", "[{\"kind\":\"json\",\"json\":{\"data\":[{\"b64_json\":\"u\"}]}}]",
     "[{\"kind\":\"json\",\"json\":{\"data\":[{\"url\":\"u\"}]}}]"},
    {PB_KIND_IMAGE, "b64", "{}", "[{\"kind\":\"bytes\",\"name\":\"image/png\"}]", "[]"},
    {PB_KIND_IMAGE, "n", "{\"n\":2}", "[{\"kind\":\"json\",\"json\":{\"data\":[{},{}]}}]",
     "[{\"kind\":\"json\",\"json\":{\"data\":[{}]}}]"},
};

static json_object *tree(const char *text)
{
    json_object *parsed = NULL;

    g_assert_true(pbay_tree_parse(pbay_str(text), &parsed, NULL));
    return parsed;
}

static void test_rows(void)
{
    g_autoptr(GPtrArray) replies = g_ptr_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const PbayRecording recording = {.kind = rows[i].kind, .replies = replies};
        const PbayFeature *feature = pbay_feature_find(rows[i].kind, rows[i].feature);
        json_object *body = tree(rows[i].body), *events = tree(rows[i].shown);

        g_test_message("%s", rows[i].feature);
        g_assert_nonnull(feature);
        g_assert_true(feature->asks(&recording, body));
        g_assert_true(feature->shows(&recording, body, events));
        json_object_put(events);
        if (rows[i].not_shown != NULL) {
            events = tree(rows[i].not_shown);
            g_assert_false(feature->shows(&recording, body, events));
            json_object_put(events);
        }
        json_object_put(body);
    }
}

/* What asks for nothing asks for none of them, but for those that need no asking. */
static void test_not_asked(void)
{
    static const char *const asked[] = {"stream", "tools",        "parallel-tools", "tool-choice",
                                        "images", "tool-results", "documents",      "audio",
                                        "json",   "schema",       "logprobs",       "n"};
    json_object *body = tree("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"n\":1}");
    const PbayRecording recording = {.kind = PB_KIND_CHAT};

    for (size_t i = 0; i < G_N_ELEMENTS(asked); i++)
        g_assert_false(pbay_feature_find(PB_KIND_CHAT, asked[i])->asks(&recording, body));
    json_object_put(body);
}

static bool streams(const char *type)
{
    g_autoptr(GPtrArray) replies = g_ptr_array_new();
    PbayRecordedReply reply = {.headers = json_object_new_object()};
    const PbayRecording recording = {.kind = PB_KIND_CHAT, .stream = true, .replies = replies};
    const PbayFeature *stream = pbay_feature_find(PB_KIND_CHAT, "stream");
    json_object *events = tree("[" DONE "]");
    bool shown;

    json_object_object_add(reply.headers, "Content-Type", json_object_new_string(type));
    g_ptr_array_add(replies, &reply);
    g_assert_true(stream->asks(&recording, NULL));
    shown = stream->shows(&recording, NULL, events);
    json_object_put(events);
    json_object_put(reply.headers);
    return shown;
}

static void test_stream(void)
{
    g_assert_true(streams("text/event-stream; charset=utf-8"));
    g_assert_true(streams("application/x-ndjson"));
    g_assert_false(streams("application/json"));
}

static void test_unknown(void)
{
    g_assert_null(pbay_feature_find(PB_KIND_CHAT, "dancing"));
    g_assert_null(pbay_feature_find(PB_KIND_RERANK, "stream"));
    g_assert_null(pbay_feature_find(PB_KIND_CHAT, "many"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/features/rows", test_rows);
    g_test_add_func("/features/not-asked", test_not_asked);
    g_test_add_func("/features/stream", test_stream);
    g_test_add_func("/features/unknown", test_unknown);
    return g_test_run();
}
