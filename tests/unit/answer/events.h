/* SPDX-License-Identifier: Apache-2.0 */
/* Short ways for the tests of the answer room: events of each kind, an answer of a kind, and what
 * it comes to. Each test program is one thread. */
#ifndef PBAY_TEST_ANSWER_EVENTS_H
#define PBAY_TEST_ANSWER_EVENTS_H

#include "answer/answer.h"
#include "base/str.h"
#include "json/reader.h"

#include <glib.h>

#define RANDOM "abcdefghijklmnopqrstuvwx"

static inline pb_event ev(int32_t kind, const char *text)
{
    return (pb_event){.size = sizeof(pb_event), .kind = kind, .text = pbay_str(text)};
}

static inline pb_event ev_choice(int32_t kind, uint32_t choice, const char *text)
{
    pb_event event = ev(kind, text);
    event.choice = choice;
    return event;
}

static inline pb_event ev_call(uint32_t index, const char *id, const char *name, const char *text)
{
    pb_event event = ev(PB_EV_TOOL_CALL, text);
    event.index = index;
    event.id = pbay_str(id);
    event.name = pbay_str(name);
    return event;
}

static inline pb_event ev_named(int32_t kind, const char *name, const char *text)
{
    pb_event event = ev(kind, text);
    event.name = pbay_str(name);
    return event;
}

static inline pb_event ev_extra(int32_t at, const char *name, const char *json)
{
    pb_event event = ev_named(PB_EV_EXTRA, name, json);
    event.at = at;
    return event;
}

static inline pb_event ev_usage(int64_t in, int64_t out)
{
    pb_event event = ev(PB_EV_USAGE, NULL);
    event.known = PB_USAGE_IN | PB_USAGE_OUT;
    event.tokens_in = in;
    event.tokens_out = out;
    return event;
}

static inline pb_event ev_vector(uint32_t index, const float *values, size_t n)
{
    pb_event event = ev(PB_EV_VECTOR, NULL);
    event.index = index;
    event.vector = values;
    event.vector_len = n;
    return event;
}

static inline PbayAnswerSpec spec_of(int32_t kind)
{
    return (PbayAnswerSpec){.kind = kind,
                            .choices = 1,
                            .model = PBAY_STR("asked"),
                            .created = 1700000000,
                            .random = RANDOM};
}

/* Takes an event that must be accepted. */
static inline void take_ok(PbayAnswer *answer, pb_event event)
{
    g_autoptr(GError) error = NULL;
    if (!pbay_answer_event(answer, &event, &error))
        g_error("refused: %s", error->message);
}

/* Takes an event that must be refused with a message that holds `says`. */
static inline void take_bad(PbayAnswer *answer, pb_event event, const char *says)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(pbay_answer_event(answer, &event, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_PROTOCOL);
    if (strstr(error->message, says) == NULL)
        g_error("expected \"%s\" in: %s", says, error->message);
    g_assert_cmpstr(pbay_answer_fault(answer), ==, "invalid_upstream_response");
}

/* Completes and writes; the caller frees. */
static inline char *finished(PbayAnswer *answer)
{
    g_autoptr(GError) error = NULL;
    if (!pbay_answer_complete(answer, &error))
        g_error("incomplete: %s", error->message);
    GString *out = g_string_new(NULL);
    g_assert_true(pbay_answer_write(answer, out));
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    if (out->len != 0)
        g_assert_nonnull(pbay_json_parse(arena, pbay_str_of(out), NULL, PBAY_JSON_UNIQUE, NULL));
    return g_string_free(out, FALSE);
}

/* Collects chunks, a line each. */
static inline void collect(void *user, pb_str json)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_assert_nonnull(pbay_json_parse(arena, json, NULL, PBAY_JSON_UNIQUE, NULL));
    g_assert_null(memchr(json.ptr, '\n', json.len));
    pbay_str_append(user, json);
    g_string_append_c(user, '\n');
}

#endif
