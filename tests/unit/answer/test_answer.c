/* SPDX-License-Identifier: Apache-2.0 */
/* The answer as a whole: the commit point, truncation, bounds, small kinds, and that both modes
 * agree. */
#include "base/error.h"
#include "unit/answer/events.h"

static void test_commit_point(void)
{
    static const struct {
        int32_t kind;
        const char *name, *text;
        bool commits;
    } rows[] = {{PB_EV_META, "id", "x", false},          {PB_EV_USAGE, NULL, NULL, false},
                {PB_EV_TEXT, NULL, "", false},           {PB_EV_TEXT, NULL, "x", true},
                {PB_EV_REASONING, NULL, "x", true},      {PB_EV_REFUSAL, NULL, "x", true},
                {PB_EV_TOOL_CALL, "f", NULL, true},      {PB_EV_FINISH, NULL, "stop", false},
                {PB_EV_EXTRA, "annotations", "[]", true}};
    for (int stream = 0; stream < 2; stream++)
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
            g_autoptr(GString) out = g_string_new(NULL);
            PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
            spec.stream = stream == 1;
            spec.chunk = collect;
            spec.user = out;
            PbayAnswer *a = pbay_answer_new(&spec);
            take_ok(a, ev_named(rows[i].kind, rows[i].name, rows[i].text));
            g_assert_true(pbay_answer_committed(a) == rows[i].commits);
            g_assert_true((out->len != 0) == (rows[i].commits && stream == 1));
            pbay_answer_free(a);
        }
}

static void truncated(PbayAnswer *a, const char *says)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(pbay_answer_complete(a, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_PROTOCOL);
    g_assert_nonnull(strstr(error->message, says));
    g_assert_cmpstr(pbay_answer_fault(a), ==, "stream_truncated");
    pbay_answer_free(a);
}

static void test_truncated(void)
{
    static const int32_t kinds[] = {PB_KIND_CHAT, PB_KIND_COMPLETION};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        PbayAnswerSpec spec = spec_of(kinds[i]);
        truncated(pbay_answer_new(&spec), "before any content");
        PbayAnswer *a = pbay_answer_new(&spec);
        take_ok(a, ev_usage(1, 1));
        truncated(a, "before any content");
        a = pbay_answer_new(&spec);
        take_ok(a, ev(PB_EV_TEXT, "Hel"));
        truncated(a, "choice 0 had its finish reason");
        a = pbay_answer_new(&spec);
        take_ok(a, ev_choice(PB_EV_TEXT, 1, "x"));
        take_ok(a, ev_choice(PB_EV_FINISH, 1, "stop"));
        truncated(a, "choice 0 never came");
    }
}

static void test_count_tokens_and_probe(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_COUNT_TOKENS);
    PbayAnswer *a = pbay_answer_new(&spec);
    g_assert_false(pbay_answer_complete(a, NULL));
    g_assert_cmpstr(pbay_answer_fault(a), ==, "invalid_upstream_response");
    take_ok(a, ev_usage(41, 0));
    g_autofree char *text = finished(a);
    g_assert_cmpstr(text, ==, "{\"input_tokens\":41,\"prompt_tokens\":41}");
    pbay_answer_free(a);
    spec.kind = PB_KIND_PROBE;
    a = pbay_answer_new(&spec);
    g_autofree char *probe = finished(a);
    g_assert_cmpstr(probe, ==, "{\"ok\":true}");
    pbay_answer_free(a);
}

static void test_bound(void)
{
    enum { MIB = 1 << 20 };
    g_autofree char *large = g_malloc(MIB + 1);
    memset(large, 'a', MIB);
    large[MIB] = '\0';
    PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
    PbayAnswer *a = pbay_answer_new(&spec);
    for (int i = 0; i < 64; i++)
        take_ok(a, ev(PB_EV_TEXT, large));
    take_bad(a, ev(PB_EV_TEXT, "x"), "larger than 64 MiB");
    pbay_answer_free(a);
}

static void test_write_needs_complete(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
    PbayAnswer *a = pbay_answer_new(&spec);
    take_ok(a, ev(PB_EV_FINISH, "stop"));
    g_autoptr(GString) out = g_string_new("kept");
    g_assert_false(pbay_answer_write(a, out));
    g_assert_cmpstr(out->str, ==, "kept");
    pbay_answer_free(a);
    pbay_answer_free(NULL);
}

/* ---- Both modes agree ---- */

typedef struct Rebuilt {
    GString *content[3], *reasoning[3], *arguments[3][2];
    char *finish[3];
} Rebuilt;

static void add_str(GString **to, const pb_json *value)
{
    pb_str text = pbay_json_str(value);
    if (*to == NULL)
        *to = g_string_new(NULL);
    pbay_str_append(*to, text);
}

/* What a client does with chunks. */
static void rebuild(void *user, pb_str json)
{
    Rebuilt *r = user;
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *chunk = pbay_json_parse(arena, json, NULL, PBAY_JSON_UNIQUE, NULL);
    const pb_json *choice = pbay_json_at(pbay_json_get(chunk, PBAY_STR("choices")), 0, NULL);
    g_assert_nonnull(choice);
    int64_t n = pbay_json_int(pbay_json_get(choice, PBAY_STR("index")), -1);
    g_assert_true(n >= 0 && n < 3);
    g_assert_null(r->finish[n]); /* nothing behind the finish reason */
    const pb_json *delta = pbay_json_get(choice, PBAY_STR("delta"));
    add_str(&r->content[n], pbay_json_get(delta, PBAY_STR("content")));
    add_str(&r->reasoning[n], pbay_json_get(delta, PBAY_STR("reasoning_content")));
    const pb_json *call = pbay_json_at(pbay_json_get(delta, PBAY_STR("tool_calls")), 0, NULL);
    if (call != NULL)
        add_str(&r->arguments[n][pbay_json_int(pbay_json_get(call, PBAY_STR("index")), 0)],
                pbay_json_get(pbay_json_get(call, PBAY_STR("function")), PBAY_STR("arguments")));
    pb_str finish = pbay_json_str(pbay_json_get(choice, PBAY_STR("finish_reason")));
    if (finish.len != 0)
        r->finish[n] = pbay_str_dup(finish);
}

static void same_text(GString **rebuilt, const pb_json *folded)
{
    g_autofree char *text = pbay_str_dup(pbay_json_str(folded));
    g_assert_cmpstr(*rebuilt != NULL ? (*rebuilt)->str : "", ==, text);
    if (*rebuilt != NULL)
        g_string_free(*rebuilt, TRUE);
}

static void same_choice(Rebuilt *r, size_t n, const pb_json *choice)
{
    const pb_json *message = pbay_json_get(choice, PBAY_STR("message"));
    const pb_json *calls = pbay_json_get(message, PBAY_STR("tool_calls"));
    same_text(&r->content[n], pbay_json_get(message, PBAY_STR("content")));
    same_text(&r->reasoning[n], pbay_json_get(message, PBAY_STR("reasoning_content")));
    for (size_t i = 0; i < 2; i++)
        same_text(&r->arguments[n][i],
                  pbay_json_get(pbay_json_get(pbay_json_at(calls, i, NULL), PBAY_STR("function")),
                                PBAY_STR("arguments")));
    g_assert_true(
        pbay_str_is(pbay_json_str(pbay_json_get(choice, PBAY_STR("finish_reason"))), r->finish[n]));
    g_free(r->finish[n]);
}

/* Any event of chat, many of them against the grammar. */
static pb_event random_event(GRand *random)
{
    static const char *const texts[] = {"",    "a",    "\"\n",   "\xc3\xa9",  "\xff", "{\"x\":[1]}",
                                        "[1]", "stop", "length", "tool_calls"};
    static const char *const names[] = {"", "f", "g", "id", "logprobs", "choices", "content"};
    pb_event event = ev(g_rand_int_range(random, 0, 15), NULL);
    event.text = pbay_str(texts[g_rand_int_range(random, 0, G_N_ELEMENTS(texts))]);
    event.name = pbay_str(names[g_rand_int_range(random, 0, G_N_ELEMENTS(names))]);
    event.choice = (uint32_t)g_rand_int_range(random, 0, 3);
    event.index = (uint32_t)g_rand_int_range(random, 0, 2);
    event.at = g_rand_int_range(random, -1, 6);
    if (event.kind == PB_EV_CUSTOM_CALL)
        event.kind = PB_EV_TEXT;
    return event;
}

static void test_modes_agree(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261122);
    unsigned whole = 0;
    for (int run = 0; run < 3000; run++) {
        Rebuilt r = {0};
        PbayAnswerSpec spec = spec_of(PB_KIND_CHAT);
        PbayAnswer *folding = pbay_answer_new(&spec);
        spec.stream = true;
        spec.chunk = rebuild;
        spec.user = &r;
        PbayAnswer *streaming = pbay_answer_new(&spec);
        for (int i = 0; i < 40; i++) {
            pb_event event = random_event(random);
            bool taken = pbay_answer_event(folding, &event, NULL);
            g_assert_true(pbay_answer_event(streaming, &event, NULL) == taken);
            g_assert_true(pbay_answer_committed(folding) == pbay_answer_committed(streaming));
        }
        for (uint32_t choice = 0; choice < 3; choice++) {
            pb_event finish = ev_choice(PB_EV_FINISH, choice, "stop");
            pbay_answer_event(folding, &finish, NULL);
            pbay_answer_event(streaming, &finish, NULL);
        }
        g_autofree char *text = finished(folding);
        g_assert_true(pbay_answer_complete(streaming, NULL));
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        const pb_json *answer = pbay_json_parse(arena, pbay_str(text), NULL, 0, NULL);
        const pb_json *choices = pbay_json_get(answer, PBAY_STR("choices"));
        for (size_t n = 0; n < 3; n++)
            same_choice(&r, n, pbay_json_at(choices, n, NULL));
        whole += strstr(text, "tool_calls") != NULL ? 1u : 0u;
        pbay_answer_free(folding);
        pbay_answer_free(streaming);
    }
    g_assert_cmpuint(whole, >, 500); /* the events do reach the interesting places */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answer/commit-point", test_commit_point);
    g_test_add_func("/answer/truncated", test_truncated);
    g_test_add_func("/answer/count-and-probe", test_count_tokens_and_probe);
    g_test_add_func("/answer/bound", test_bound);
    g_test_add_func("/answer/write-needs-complete", test_write_needs_complete);
    g_test_add_func("/answer/modes-agree", test_modes_agree);
    return g_test_run();
}
