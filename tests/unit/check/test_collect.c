/* SPDX-License-Identifier: Apache-2.0 */
/* What an exchange tells, told by hand: events and notes kept, the grammar held, the answer
 * folded, and an end that comes twice counted. */
#include "check/collect.h"

#include "base/str.h"
#include "rig.h"

typedef struct Box {
    PbayRecording *recording;
    PbayReplayResult result;
    PbayCollector collector;
} Box;

static Box *box_new(const char *request)
{
    g_autofree char *text = rig_text(NULL, request != NULL ? "request" : NULL, request);
    Box *box = g_new0(Box, 1);

    box->recording = rig_read(text);
    pbay_collect_begin(&box->collector, box->recording, &box->result);
    return box;
}

static void box_free(Box *box)
{
    pbay_replay_result_clear(&box->result);
    pbay_recording_free(box->recording);
    g_free(box);
}

static void tell(Box *box, int32_t kind, uint32_t choice, const char *text)
{
    const pb_event event = {
        .size = sizeof event, .kind = kind, .choice = choice, .text = pbay_str(text)};

    pbay_collect_events.on_event(&box->collector, &event);
}

static void end(Box *box, const PbayFailure *failure)
{
    pbay_collect_events.done(&box->collector, failure);
    pbay_collect_end(&box->collector);
}

static const char *content(json_object *answer, size_t choice)
{
    json_object *choices = json_object_object_get(answer, "choices");
    json_object *message =
        json_object_object_get(json_object_array_get_idx(choices, choice), "message");

    return json_object_get_string(json_object_object_get(message, "content"));
}

static void test_done(void)
{
    Box *box = box_new(NULL);

    tell(box, PB_EV_TEXT, 0, "Hel");
    tell(box, PB_EV_TEXT, 0, "lo");
    tell(box, PB_EV_FINISH, 0, "stop");
    pbay_collect_events.on_note(&box->collector, PB_NOTE_DROPPED, PBAY_STR("seed"), (pb_str){0});
    end(box, NULL);
    g_assert_cmpuint(box->result.ends, ==, 1);
    g_assert_null(box->result.failure);
    g_assert_cmpuint(json_object_array_length(box->result.events), ==, 2);
    g_assert_cmpstr(json_object_to_json_string_ext(box->result.notes, JSON_C_TO_STRING_PLAIN), ==,
                    "[{\"note\":\"dropped\",\"param\":\"seed\",\"why\":\"\"}]");
    g_assert_cmpstr(content(box->result.answer, 0), ==, "Hello");
    box_free(box);
}

/* As many choices as the request asked for are wanted. */
static void test_choices(void)
{
    const char *request = "{\"request\":{\"kind\":\"chat\",\"model\":\"m\",\"body\":{\"n\":2}}}";
    Box *both = box_new(request);

    tell(both, PB_EV_TEXT, 1, "b");
    tell(both, PB_EV_TEXT, 0, "a");
    tell(both, PB_EV_FINISH, 0, "stop");
    tell(both, PB_EV_FINISH, 1, "stop");
    end(both, NULL);
    g_assert_null(both->result.failure);
    g_assert_cmpstr(content(both->result.answer, 1), ==, "b");
    box_free(both);
}

static void test_grammar(void)
{
    Box *box = box_new(NULL);

    tell(box, PB_EV_TEXT, 0, "a");
    tell(box, PB_EV_FINISH, 0, "stop");
    tell(box, PB_EV_TEXT, 0, "more");
    end(box, NULL);
    g_assert_nonnull(box->result.failure);
    g_assert_cmpint(box->result.failure->cls, ==, PB_ERR_PROTOCOL);
    g_assert_null(box->result.answer);
    g_assert_cmpuint(json_object_array_length(box->result.events), ==, 3);
    box_free(box);
}

static void test_incomplete(void)
{
    Box *box = box_new(NULL);

    tell(box, PB_EV_TEXT, 0, "a");
    end(box, NULL);
    g_assert_nonnull(box->result.failure);
    g_assert_cmpstr(box->result.failure->code, ==, "stream_truncated");
    g_assert_null(box->result.answer);
    box_free(box);
}

/* The failure of the exchange counts, whatever the grammar says. */
static void test_failed(void)
{
    g_autoptr(PbayFailure) failure = pbay_failure_new(PB_ERR_AUTH, "no");
    Box *box = box_new(NULL);

    tell(box, PB_EV_FINISH, 0, "stop");
    tell(box, PB_EV_TEXT, 0, "a");
    end(box, failure);
    g_assert_true(box->result.failure == failure);
    g_assert_null(box->result.answer);
    box_free(box);
}

static void test_twice(void)
{
    g_autoptr(PbayFailure) failure = pbay_failure_new(PB_ERR_AUTH, "no");
    Box *box = box_new(NULL);

    tell(box, PB_EV_FINISH, 0, "stop");
    pbay_collect_events.done(&box->collector, NULL);
    end(box, failure);
    g_assert_cmpuint(box->result.ends, ==, 2);
    g_assert_null(box->result.failure);
    box_free(box);
}

static void test_never(void)
{
    Box *box = box_new(NULL);

    pbay_collect_end(&box->collector);
    g_assert_cmpuint(box->result.ends, ==, 0);
    g_assert_null(box->result.answer);
    box_free(box);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/collect/done", test_done);
    g_test_add_func("/check/collect/choices", test_choices);
    g_test_add_func("/check/collect/grammar", test_grammar);
    g_test_add_func("/check/collect/incomplete", test_incomplete);
    g_test_add_func("/check/collect/failed", test_failed);
    g_test_add_func("/check/collect/twice", test_twice);
    g_test_add_func("/check/collect/never", test_never);
    return g_test_run();
}
