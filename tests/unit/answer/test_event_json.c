/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of event as recordings write it, and which events are joined: a split must not
 * show, a new choice, call, id or kind must. */
#include "answer/event_json.h"

#include "base/str.h"

#include <glib.h>
#include <math.h>

static void expect(const pb_event *events, size_t n, const char *text)
{
    json_object *array = json_object_new_array();

    for (size_t i = 0; i < n; i++)
        pbay_event_json_append(array, &events[i]);
    g_assert_cmpstr(json_object_to_json_string_ext(array, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE),
                    ==, text);
    json_object_put(array);
}

static pb_event ev(int32_t kind, const char *text)
{
    return (pb_event){.size = sizeof(pb_event), .kind = kind, .text = pbay_str(text)};
}

static pb_event call(uint32_t index, const char *id, const char *name, const char *text)
{
    pb_event event = ev(PB_EV_TOOL_CALL, text);

    event.index = index;
    event.id = pbay_str(id);
    event.name = pbay_str(name);
    return event;
}

static void test_joined(void)
{
    const pb_event events[] = {ev(PB_EV_TEXT, "Hel"),    ev(PB_EV_TEXT, ""),
                               ev(PB_EV_TEXT, "lo"),     ev(PB_EV_REASONING, "so"),
                               ev(PB_EV_REASONING, "-"), ev(PB_EV_REFUSAL, "no"),
                               ev(PB_EV_TEXT, "again")};

    expect(events, G_N_ELEMENTS(events),
           "[{\"kind\":\"text\",\"text\":\"Hello\"},{\"kind\":\"reasoning\",\"text\":\"so-\"},"
           "{\"kind\":\"refusal\",\"text\":\"no\"},{\"kind\":\"text\",\"text\":\"again\"}]");
}

/* The index of a text means nothing and must not keep its pieces apart. */
static void test_index_of_text(void)
{
    pb_event events[] = {ev(PB_EV_TEXT, "a"), ev(PB_EV_TEXT, "b")};

    events[0].index = 4;
    expect(events, 2, "[{\"kind\":\"text\",\"text\":\"ab\"}]");
}

static void test_choices(void)
{
    pb_event events[] = {ev(PB_EV_TEXT, "a"), ev(PB_EV_TEXT, "b"), ev(PB_EV_TEXT, "c")};

    events[1].choice = events[2].choice = 1;
    expect(events, 3,
           "[{\"kind\":\"text\",\"text\":\"a\"},{\"kind\":\"text\",\"choice\":1,\"text\":\"bc\"}]");
}

static void test_calls(void)
{
    pb_event custom = call(2, "", "", "x");
    const pb_event events[] = {call(0, "call_a", "get", ""), call(0, "", "", "{\"a\":"),
                               call(0, "", "", "1}"), call(1, "call_b", "get", "{"),
                               call(0, "", "", " ")};

    expect(events, G_N_ELEMENTS(events),
           "[{\"kind\":\"tool_call\",\"index\":0,\"id\":\"call_a\",\"name\":\"get\",\"text\":\"{"
           "\\\"a\\\":1}\"},"
           "{\"kind\":\"tool_call\",\"index\":1,\"id\":\"call_b\",\"name\":\"get\",\"text\":\"{\"},"
           "{\"kind\":\"tool_call\",\"index\":0,\"text\":\" \"}]");
    custom.kind = PB_EV_CUSTOM_CALL;
    expect(&custom, 1, "[{\"kind\":\"custom_call\",\"index\":2,\"text\":\"x\"}]");
}

static void test_bytes_of_text(void)
{
    pb_event events[] = {ev(PB_EV_TEXT, ""), ev(PB_EV_TEXT, "")};

    events[0].text = PBAY_STR("a\0b");
    events[1].text = PBAY_STR("\0c");
    expect(events, 2, "[{\"kind\":\"text\",\"text\":\"a\\u0000b\\u0000c\"}]");
}

static void test_finish_meta(void)
{
    pb_event events[] = {ev(PB_EV_FINISH, "stop"), ev(PB_EV_META, "x"), ev(PB_EV_META, "y")};

    events[0].name = PBAY_STR("end_turn");
    events[1].name = events[2].name = PBAY_STR("id");
    expect(events, 3,
           "[{\"kind\":\"finish\",\"name\":\"end_turn\",\"text\":\"stop\"},"
           "{\"kind\":\"meta\",\"name\":\"id\",\"text\":\"x\"},{\"kind\":\"meta\",\"name\":\"id\","
           "\"text\":\"y\"}]");
}

/* Zero that was given is not the same as not given. */
static void test_usage(void)
{
    pb_event event = ev(PB_EV_USAGE, "");

    event.known = PB_USAGE_IN | PB_USAGE_CACHED;
    event.tokens_in = 7;
    event.tokens_out = 9;
    expect(&event, 1, "[{\"kind\":\"usage\",\"in\":7,\"cached\":0}]");
    event.known = PB_USAGE_OUT | PB_USAGE_WRITE | PB_USAGE_REASON;
    event.tokens_cache_write = 1;
    event.tokens_reasoning = 2;
    expect(&event, 1, "[{\"kind\":\"usage\",\"out\":9,\"cache_write\":1,\"reasoning\":2}]");
}

static void test_extra(void)
{
    pb_event event = ev(PB_EV_EXTRA, "[{\"a\":1}]");

    event.name = PBAY_STR("thinking_blocks");
    expect(&event, 1,
           "[{\"kind\":\"extra\",\"at\":\"message\",\"name\":\"thinking_blocks\",\"json\":[{\"a\":"
           "1}]}]");
    event.at = PB_AT_TOOL_CALL;
    event.index = 3;
    event.text = PBAY_STR("null");
    expect(&event, 1,
           "[{\"kind\":\"extra\",\"index\":3,\"at\":\"tool_call\",\"name\":\"thinking_blocks\","
           "\"json\":null}]");
    event.at = 77;
    event.text = PBAY_STR("{bad");
    expect(&event, 1,
           "[{\"kind\":\"extra\",\"index\":3,\"at\":\"unknown\",\"name\":\"thinking_blocks\",\"bad_"
           "json\":\"{bad\"}]");
    event.at = -1;
    event.text = PBAY_STR("1 trailing");
    expect(&event, 1,
           "[{\"kind\":\"extra\",\"index\":3,\"at\":\"unknown\",\"name\":\"thinking_blocks\",\"bad_"
           "json\":\"1 trailing\"}]");
}

/* As a vendor writes a float, not as a double shows it. */
static void test_vector(void)
{
    const float values[] = {0.1f, -0.0023064255f, 0, 1, NAN};
    pb_event event = ev(PB_EV_VECTOR, "");

    event.index = 2;
    event.vector = values;
    event.vector_len = 5;
    expect(&event, 1,
           "[{\"kind\":\"vector\",\"index\":2,\"vector\":[0.1,-0.0023064255,0,1,\"not finite\"]}]");
}

static void test_rest(void)
{
    pb_event model = ev(PB_EV_MODEL, "{\"context\":1}"), json = ev(PB_EV_JSON, "{\"data\":[]}");
    pb_event bytes = ev(PB_EV_BYTES, ""), odd = ev(999, "?");

    model.id = PBAY_STR("m-1");
    expect(&model, 1, "[{\"kind\":\"model\",\"id\":\"m-1\",\"json\":{\"context\":1}}]");
    model.name = PBAY_STR("M");
    model.text = PBAY_STR("");
    expect(&model, 1, "[{\"kind\":\"model\",\"id\":\"m-1\",\"name\":\"M\"}]");
    expect(&json, 1, "[{\"kind\":\"json\",\"json\":{\"data\":[]}}]");
    bytes.name = PBAY_STR("image/png");
    bytes.text = PBAY_STR("\0\xff");
    expect(&bytes, 1, "[{\"kind\":\"bytes\",\"name\":\"image/png\",\"base64\":\"AP8=\"}]");
    expect(&odd, 1, "[{\"kind\":\"unknown\",\"text\":\"?\"}]");
    odd.kind = -5;
    expect(&odd, 1, "[{\"kind\":\"unknown\",\"text\":\"?\"}]");
}

static void test_notes(void)
{
    g_assert_cmpstr(pbay_note_name(PB_NOTE_DROPPED), ==, "dropped");
    g_assert_cmpstr(pbay_note_name(PB_NOTE_CLAMPED), ==, "clamped");
    g_assert_cmpstr(pbay_note_name(PB_NOTE_EMULATED), ==, "emulated");
    g_assert_cmpstr(pbay_note_name(PB_NOTE_UNMET), ==, "unmet");
    g_assert_cmpstr(pbay_note_name(0), ==, "unknown");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/event-json/joined", test_joined);
    g_test_add_func("/check/event-json/index-of-text", test_index_of_text);
    g_test_add_func("/check/event-json/choices", test_choices);
    g_test_add_func("/check/event-json/calls", test_calls);
    g_test_add_func("/check/event-json/bytes-of-text", test_bytes_of_text);
    g_test_add_func("/check/event-json/finish-meta", test_finish_meta);
    g_test_add_func("/check/event-json/usage", test_usage);
    g_test_add_func("/check/event-json/extra", test_extra);
    g_test_add_func("/check/event-json/vector", test_vector);
    g_test_add_func("/check/event-json/rest", test_rest);
    g_test_add_func("/check/event-json/notes", test_notes);
    return g_test_run();
}
