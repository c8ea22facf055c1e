/* SPDX-License-Identifier: Apache-2.0 */
/* A recording as a whole: what is read of a good one, the order of its lines, what it may not
 * lack, and the place that a refusal names. What single lines may hold is in
 * test_recording_lines.c. */
#include "check/recording.h"

#include "base/error.h"
#include "rig.h"

#include <glib/gstdio.h>
#include <string.h>

static void test_good(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autoptr(PbayRecording) r = rig_read(text);
    const PbayRecordedReply *reply;

    g_assert_cmpstr(r->driver, ==, "good");
    g_assert_cmpstr(r->source, ==, "the fakes' own page");
    g_assert_cmpstr(r->about, ==, "two pieces");
    g_assert_cmpstr(r->provider, ==, "acme");
    g_assert_cmpstr(r->options, ==, "{\"base-url\":\"https://h.example/v1\"}");
    g_assert_cmpstr(r->secrets[0], ==, "api-key");
    g_assert_cmpstr(r->secrets[1], ==, "sk-demo-0123456789");
    g_assert_null(r->secrets[2]);
    g_assert_cmpint(r->now_ms, ==, INT64_C(1795343400000));
    g_assert_cmpuint(r->seed, ==, 1);
    g_assert_cmpint(r->kind, ==, PB_KIND_CHAT);
    g_assert_true(r->stream);
    g_assert_cmpstr(r->model, ==, "m");
    g_assert_cmpstr(r->body, ==, "{\"model\":\"m\",\"messages\":[]}");
    g_assert_cmpuint(r->replies->len, ==, 1);
    reply = g_ptr_array_index(r->replies, 0);
    g_assert_cmpint(reply->status, ==, 200);
    rig_assert_bytes(reply->bytes, "Hello you", 9);
    g_assert_cmpuint(reply->pieces->len, ==, 2);
    g_assert_cmpuint(g_array_index(reply->pieces, size_t, 0), ==, 6);
    g_assert_false(reply->cut);
    g_assert_nonnull(r->outcome);
    g_assert_null(r->notes);
    g_assert_null(r->answer);
}

/* Blank lines, blanks around lines and CR LF are nothing. */
static void test_blanks(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autoptr(GString) spaced = g_string_new(text);
    g_autoptr(PbayRecording) r = NULL;

    g_string_replace(spaced, "\n", " \r\n\n  ", 0);
    r = rig_read(spaced->str);
    g_assert_cmpuint(r->replies->len, ==, 1);
}

static void test_two_requests(void)
{
    g_autofree char *text =
        rig_text(NULL, "end",
                 "{\"end\":true}\n{\"send\":{\"method\":\"GET\",\"url\":\"https://h.example/2\"}}\n"
                 "{\"cut\":true}");
    g_autoptr(PbayRecording) r = rig_read(text);
    const PbayRecordedReply *second;

    g_assert_cmpuint(r->replies->len, ==, 2);
    second = g_ptr_array_index(r->replies, 1);
    g_assert_cmpint(second->status, ==, 0);
    g_assert_true(second->cut);
    g_assert_cmpuint(second->bytes->len, ==, 0);
}

static void refused(const char *kind, const char *with, const char *at, const char *why)
{
    g_autofree char *text = rig_text(NULL, kind, with);
    g_autofree char *message = rig_refusal(text);

    g_test_message("%s", message);
    g_assert_true(g_str_has_prefix(message, at));
    g_assert_nonnull(strstr(message, why));
}

static void test_lacks(void)
{
    refused("recording", NULL, ":1:", "\"provider\" may not stand here");
    refused("provider", NULL, ":9:", "lacks the lines");
    refused("request", NULL, ":3:", "\"send\" may not stand here");
    refused("send", NULL, ":4:", "\"head\" may not stand here");
    refused("head", NULL, ":5:", "\"bytes\" may not stand here");
    refused("end", NULL, ":8:", "\"events\" may not stand here");
    refused("events", NULL, ":9:", "lacks \"events\"");
    refused("outcome", NULL, ":9:", "lacks an \"outcome\"");
}

static void test_order(void)
{
    refused("provider", "{\"provider\":{\"name\":\"a\"}}\n{\"provider\":{\"name\":\"b\"}}",
            ":3:", "\"provider\" may not stand here");
    refused("end", "{\"end\":true}\n{\"bytes\":\"more\"}", ":9:", "\"bytes\" may not stand here");
    refused("end", "{\"end\":true}\n{\"cut\":true}", ":9:", "\"cut\" may not stand here");
    refused("end", "{\"end\":true}\n{\"head\":{\"status\":200}}", ":9:", "\"head\" may not");
    refused("head", "{\"head\":{\"status\":200}}\n{\"head\":{\"status\":200}}",
            ":6:", "\"head\" may not");
    refused("outcome", "{\"outcome\":\"done\"}\n{\"outcome\":\"done\"}",
            ":11:", "\"outcome\" may not");
    refused("outcome", "{\"outcome\":\"done\"}\n{\"notes\":[]}", ":11:", "\"notes\" may not");
    refused("outcome", "{\"outcome\":\"done\"}\n{\"events\":[]}", ":11:", "\"events\" may not");
    refused("outcome", "{\"outcome\":\"done\"}\n{\"clock\":{\"now_ms\":1}}",
            ":11:", "\"clock\" may not");
    refused("recording", "{\"clock\":{\"now_ms\":1}}", ":1:", "\"clock\" may not");
}

static void test_broken_lines(void)
{
    refused("head", "{\"head\":{\"status\":200}", ":5:", "at byte");
    refused("head", "[]", ":5:", "no JSON object");
    refused("head", "null", ":5:", "no JSON object");
    refused("head", "{\"haed\":{\"status\":200}}", ":5:", "none of: recording");
    refused("head", "{\"head\":{\"status\":200,\"status\":500}}", ":5:", "");
    refused("bytes", "{\"bytes\":\"a\",\"end\":true}", ":6:", "that member and no other");
}

static void test_no_file(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(pbay_recording_read("/nonexistent/a.jsonl", &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
    g_assert_true(g_str_has_prefix(error->message, "/nonexistent/a.jsonl: cannot be read"));
}

/* A NUL must not hide the lines after it. */
static void test_nul(void)
{
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autoptr(GError) error = NULL;
    size_t len = strlen(text);
    char *path = rig_write("");

    g_assert_true(g_file_set_contents(path, text, (gssize)len + 1, NULL));
    g_assert_null(pbay_recording_read(path, &error));
    g_assert_nonnull(strstr(error->message, "NUL"));
    rig_remove(path);
}

static void test_empty(void)
{
    g_autofree char *message = rig_refusal("");

    g_assert_true(g_str_has_prefix(message, ":1: the recording lacks"));
    pbay_recording_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/recording/good", test_good);
    g_test_add_func("/check/recording/blanks", test_blanks);
    g_test_add_func("/check/recording/two-requests", test_two_requests);
    g_test_add_func("/check/recording/lacks", test_lacks);
    g_test_add_func("/check/recording/order", test_order);
    g_test_add_func("/check/recording/broken-lines", test_broken_lines);
    g_test_add_func("/check/recording/no-file", test_no_file);
    g_test_add_func("/check/recording/nul", test_nul);
    g_test_add_func("/check/recording/empty", test_empty);
    return g_test_run();
}
