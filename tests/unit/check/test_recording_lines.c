/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of line: what it takes, and that a typo in it is refused rather than switching a
 * check off. */
#include "check/recording_lines.h"

#include "rig.h"

#include <string.h>

typedef struct Bad {
    const char *kind, *line, *why;
} Bad;

static void refused(const Bad *bad)
{
    g_autofree char *text = rig_text(NULL, bad->kind, bad->line);
    g_autofree char *message = rig_refusal(text);

    g_test_message("%s: %s", bad->line, message);
    g_assert_nonnull(strstr(message, bad->why));
}

static PbayRecording *read_with(const char *kind, const char *line)
{
    g_autofree char *text = rig_text(NULL, kind, line);

    return rig_read(text);
}

static void test_source(void)
{
    const Bad lines[] = {
        {"recording", "{\"recording\":1,\"driver\":\"good\",\"about\":\"a\"}", "needs \"source\""},
        {"recording", "{\"recording\":1,\"driver\":\"good\",\"source\":\"\"}", "documented"},
        {"recording", "{\"recording\":1,\"driver\":\"good\",\"source\":\"docs\"}", "documented"},
        {"recording", "{\"recording\":1,\"driver\":\"good\",\"source\":12345678}", "wrong type"},
        {"recording", "{\"recording\":1,\"source\":\"somewhere\"}", "needs \"driver\""},
        {"recording", "{\"recording\":2,\"driver\":\"good\",\"source\":\"somewhere\"}",
         "only 1 is"},
        {"recording", "{\"recording\":1,\"driver\":\"good\",\"sources\":\"somewhere\"}",
         "no member \"sources\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        refused(&lines[i]);
}

static void test_typos(void)
{
    const Bad lines[] = {
        {"provider", "{\"provider\":{\"nam\":\"a\"}}", "no member \"nam\""},
        {"provider", "{\"provider\":{\"name\":\"a\",\"option\":{}}}", "no member \"option\""},
        {"provider", "{\"provider\":{}}", "needs \"name\""},
        {"provider", "{\"provider\":\"a\"}", "not an object"},
        {"provider", "{\"provider\":{\"name\":\"a\",\"secrets\":{\"k\":1}}}",
         "\"k\" is not a string"},
        {"request", "{\"request\":{\"kind\":\"chat\",\"steam\":true}}", "no member \"steam\""},
        {"request", "{\"request\":{\"kind\":\"chat\",\"stream\":1}}", "wrong type"},
        {"request", "{\"request\":{\"kind\":\"chatt\"}}", "unknown \"kind\""},
        {"request", "{\"request\":{\"model\":\"m\"}}", "needs \"kind\""},
        {"request", "{\"request\":{\"kind\":\"chat\",\"body\":\"{}\"}}", "wrong type"},
        {"send", "{\"send\":{\"url\":\"https://h/\"}}", "needs \"method\""},
        {"send", "{\"send\":{\"method\":\"GET\"}}", "needs \"url\""},
        {"send", "{\"send\":{\"method\":\"GET\",\"url\":\"https://h/\",\"header\":{}}}",
         "\"header\""},
        {"send", "{\"send\":{\"method\":\"GET\",\"url\":\"https://h/\",\"headers\":{\"a\":1}}}",
         "\"a\" is not a string"},
        {"send",
         "{\"send\":{\"method\":\"GET\",\"url\":\"https://h/\",\"body\":{},\"body_text\":\"\"}}",
         "either"},
        {"head", "{\"head\":{\"staus\":200}}", "no member \"staus\""},
        {"head", "{\"head\":{}}", "needs \"status\""},
        {"head", "{\"head\":{\"status\":\"200\"}}", "wrong type"},
        {"head", "{\"head\":{\"status\":100}}", "200 to 599"},
        {"head", "{\"head\":{\"status\":200,\"headers\":{\"a\":null}}}", "\"a\" is not a string"},
        {"bytes", "{\"bytes\":1}", "is a string"},
        {"bytes", "{\"base64\":\"not base64\"}", "not base64"},
        {"bytes", "{\"base64\":\"aGk\"}", "not base64"},
        {"bytes", "{\"base64\":7}", "is a string"},
        {"end", "{\"end\":false}", "is true"},
        {"end", "{\"cut\":0}", "is true"},
        {"events", "{\"events\":{}}", "array"},
        {"events", "{\"events\":[]}\n{\"notes\":{}}", "array"},
        {"outcome", "{\"outcome\":\"don\"}", "\"done\" or an object"},
        {"outcome", "{\"outcome\":null}", "\"done\" or an object"},
        {"outcome", "{\"outcome\":{}}", "needs \"class\""},
        {"outcome", "{\"outcome\":{\"class\":\"ratelimit\"}}", "not known"},
        {"outcome", "{\"outcome\":{\"class\":\"authentication\",\"status\":401}}",
         "no member \"status\""},
        {"outcome", "{\"outcome\":{\"class\":\"authentication\",\"http_status\":\"401\"}}",
         "wrong type"},
        {"outcome", "{\"outcome\":\"done\"}\n{\"answer\":[]}", "is an object"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        refused(&lines[i]);
}

static void test_clock(void)
{
    const Bad bad[] = {
        {"request", "{\"clock\":{\"now\":1}}\n", "no member \"now\""},
        {"request", "{\"clock\":{\"seed\":1}}\n", "needs \"now_ms\""},
    };
    g_autofree char *plain = rig_text(NULL, NULL, NULL);
    g_autoptr(GString) text = g_string_new(plain);
    g_autoptr(PbayRecording) r = NULL;

    g_string_replace(text, "{\"request\"", "{\"clock\":{\"now_ms\":5,\"seed\":9}}\n{\"request\"",
                     1);
    r = rig_read(text->str);
    g_assert_cmpint(r->now_ms, ==, 5);
    g_assert_cmpuint(r->seed, ==, 9);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        refused(&bad[i]);
}

static void test_bytes(void)
{
    g_autoptr(PbayRecording) r =
        read_with("bytes", "{\"bytes\":\"a\\u0000b\"}\n{\"base64\":\"AP8=\"}\n{\"bytes\":\"\"}");
    const PbayRecordedReply *reply = g_ptr_array_index(r->replies, 0);

    rig_assert_bytes(reply->bytes, "a\0b\0\xff", 5);
    g_assert_cmpuint(reply->pieces->len, ==, 3);
    g_assert_cmpuint(g_array_index(reply->pieces, size_t, 2), ==, 0);
}

static void test_no_head(void)
{
    const Bad bad = {"head", "{\"end\":true}", "can only be \"cut\""};
    g_autofree char *text = rig_text(NULL, "bytes", NULL);
    g_autoptr(GString) cut = g_string_new(text);
    g_autoptr(PbayRecording) r = NULL;

    refused(&bad);
    g_string_replace(
        cut, "{\"head\":{\"status\":200,\"headers\":{\"content-type\":\"text/plain\"}}}\n", "", 1);
    g_string_replace(cut, "{\"end\":true}", "{\"cut\":true}", 1);
    r = rig_read(cut->str);
    g_assert_cmpint(((PbayRecordedReply *)g_ptr_array_index(r->replies, 0))->status, ==, 0);
}

static void test_optional(void)
{
    g_autoptr(PbayRecording) r =
        read_with("outcome",
                  "{\"notes\":[{\"note\":\"dropped\",\"param\":\"seed\"}]}\n"
                  "{\"outcome\":{\"class\":\"rate_limit\",\"retry_after_ms\":7660,\"code\":null}}");
    g_autoptr(PbayRecording) bare = read_with("request", "{\"request\":{\"kind\":\"models\"}}");

    g_assert_cmpuint(json_object_array_length(r->notes), ==, 1);
    g_assert_true(json_object_is_type(r->outcome, json_type_object));
    g_assert_cmpint(bare->kind, ==, PB_KIND_MODELS);
    g_assert_false(bare->stream);
    g_assert_cmpstr(bare->model, ==, "");
    g_assert_cmpstr(bare->body, ==, "");
}

static void test_kinds(void)
{
    json_object *line = json_object_new_object();
    g_autoptr(GError) error = NULL;

    g_assert_null(pbay_line_kind(NULL, NULL));
    g_assert_null(pbay_line_kind(line, &error));
    g_assert_nonnull(error);
    json_object_object_add(line, "cut", json_object_new_boolean(1));
    g_assert_cmpint(pbay_line_kind(line, NULL)->stage, ==, PBAY_STAGE_END);
    json_object_put(line);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/recording-lines/source", test_source);
    g_test_add_func("/check/recording-lines/typos", test_typos);
    g_test_add_func("/check/recording-lines/clock", test_clock);
    g_test_add_func("/check/recording-lines/bytes", test_bytes);
    g_test_add_func("/check/recording-lines/no-head", test_no_head);
    g_test_add_func("/check/recording-lines/optional", test_optional);
    g_test_add_func("/check/recording-lines/kinds", test_kinds);
    return g_test_run();
}
