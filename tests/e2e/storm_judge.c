/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a call sound, one function a promise. Complaints are counted, the first of each kind
 * are printed. */
#include "e2e/storm_judge.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 5u

/* What a machine that is busy may add or take away: the hint must be longer to be judged. */
#define HASTE_US 100000

static const char *const flaw_names[STORM_FLAWS] = {
    "ends", "mixed", "incomplete", "target", "attempts", "class", "continued", "haste", "usage",
};

const char *storm_flaw_name(StormFlaw flaw)
{
    return flaw_names[flaw];
}

void storm_judge_init(StormJudge *judge, StormFleet *fleet, uint32_t seed)
{
    *judge = (StormJudge){.fleet = fleet, .seed = seed};
    pthread_mutex_init(&judge->lock, NULL);
}

void storm_judge_clear(StormJudge *judge)
{
    pthread_mutex_destroy(&judge->lock);
}

unsigned storm_judge_flaws(const StormJudge *judge)
{
    unsigned n = 0;

    for (unsigned i = 0; i < STORM_FLAWS; i++)
        n += judge->flaws[i];
    return n;
}

static void complain(StormCall *call, StormFlaw flaw, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void complain(StormCall *call, StormFlaw flaw, const char *format, ...)
{
    StormJudge *judge = call->judge;
    g_autofree char *what = NULL;
    unsigned n;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    pthread_mutex_lock(&judge->lock);
    n = judge->flaws[flaw]++;
    pthread_mutex_unlock(&judge->lock);
    if (n < SHOWN)
        g_test_message("call %u (%s): %s: %s", call->nonce, call->stream ? "stream" : "whole",
                       flaw_names[flaw], what);
}

static void count(StormJudge *judge, unsigned *counter, unsigned n)
{
    pthread_mutex_lock(&judge->lock);
    *counter += n;
    pthread_mutex_unlock(&judge->lock);
}

/* ---- One call ---- */

void storm_call_init(StormCall *call, StormJudge *judge, unsigned nonce)
{
    *call = (StormCall){.judge = judge, .nonce = nonce, .text = g_string_new(NULL)};
}

void storm_call_clear(StormCall *call)
{
    g_string_free(call->text, TRUE);
    g_free(call->id);
}

static json_object *at(json_object *tree, const char *member)
{
    return json_object_object_get(tree, member);
}

static const char *text_at(json_object *tree, const char *member)
{
    const char *text = json_object_get_string(at(tree, member));
    return text != NULL ? text : "";
}

static unsigned target_of(const char *name)
{
    const char *found = name[0] != '\0' ? strchr(STORM_NAMES, name[0]) : NULL;
    return found != NULL ? (unsigned)(found - STORM_NAMES) : STORM_TARGETS;
}

static int class_of(const char *name)
{
    static const char *const names[] = {
        [PATCHBAY_ERR_CONFIG] = "configuration",  [PATCHBAY_ERR_INVALID] = "invalid_request",
        [PATCHBAY_ERR_AUTH] = "authentication",   [PATCHBAY_ERR_NOT_FOUND] = "not_found",
        [PATCHBAY_ERR_RATE_LIMIT] = "rate_limit", [PATCHBAY_ERR_OVERLOADED] = "unavailable",
        [PATCHBAY_ERR_TIMEOUT] = "timeout",       [PATCHBAY_ERR_UPSTREAM] = "server_error",
        [PATCHBAY_ERR_PROTOCOL] = "protocol",     [PATCHBAY_ERR_CANCELLED] = "cancelled",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_strcmp0(names[i], name) == 0)
            return (int)i;
    return PATCHBAY_ERR_INTERNAL;
}

static void add_attempt(StormAttempts *attempts, StormAttempt attempt)
{
    if (attempts->n < STORM_ATTEMPTS)
        attempts->of[attempts->n] = attempt;
    attempts->n++;
}

/* The one under way at that target. */
static void end_tried(StormCall *call, unsigned target, int cls)
{
    for (unsigned i = 0; i < MIN(call->tried.n, STORM_ATTEMPTS); i++)
        if (call->tried.of[i].target == target && call->tried.of[i].cls < 0) {
            call->tried.of[i].cls = cls;
            return;
        }
}

void storm_call_watch(void *user, const char *text, size_t len)
{
    StormCall *call = user;
    json_object *tree = json_tokener_parse(text);
    const char *event;

    if (tree == NULL || strlen(text) != len)
        complain(call, STORM_FLAW_ENDS, "told of no JSON: %s", text);
    if (call->dones != 0)
        complain(call, STORM_FLAW_ENDS, "told after its end: %s", text);
    event = text_at(tree, "event");
    if (strcmp(event, "trying") == 0 || strcmp(event, "hedged") == 0)
        add_attempt(
            &call->tried,
            (StormAttempt){.target = target_of(text_at(tree, "target")), .cls = -1, .requests = 1});
    if (strcmp(event, "failed") == 0)
        end_tried(call, target_of(text_at(tree, "target")), class_of(text_at(tree, "class")));
    call->told_ends += strcmp(event, "served") == 0 || strcmp(event, "failed") == 0 ||
                       strcmp(event, "cancelled") == 0;
    count(call->judge, &call->judge->told, 1);
    json_object_put(tree);
}

/* The text so far is the beginning of exactly one answer to this call; false after a complaint. */
static bool check_text(StormCall *call, bool whole)
{
    g_autofree char *expected = NULL;

    if (!storm_text_origin(call->text->str, call->judge->seed, &call->from) ||
        call->from.nonce != call->nonce) {
        complain(call, STORM_FLAW_MIXED, "\"%s\" is no answer to it", call->text->str);
        return false;
    }
    expected = storm_text(call->from);
    if (!g_str_has_prefix(expected, call->text->str)) {
        complain(call, STORM_FLAW_MIXED, "\"%s\" instead of \"%s\"", call->text->str, expected);
        return false;
    }
    if (whole && strcmp(expected, call->text->str) != 0) {
        complain(call, STORM_FLAW_INCOMPLETE, "\"%s\" of \"%s\"", call->text->str, expected);
        return false;
    }
    return true;
}

static void check_id(StormCall *call, const char *id)
{
    g_autofree char *expected = storm_id(call->from);

    if (strcmp(expected, id) != 0)
        complain(call, STORM_FLAW_TARGET, "an id of %s with text of %s", id, expected);
}

void storm_call_chunk(StormCall *call, const char *chunk)
{
    json_object *tree = json_tokener_parse(chunk);
    json_object *choice = json_object_array_get_idx(at(tree, "choices"), 0);
    const char *content = text_at(at(choice, "delta"), "content");

    if (call->dones != 0)
        complain(call, STORM_FLAW_ENDS, "a chunk after its end: %s", chunk);
    if (tree == NULL)
        complain(call, STORM_FLAW_MIXED, "a chunk that is no JSON: %s", chunk);
    call->chunks++;
    call->roles += text_at(at(choice, "delta"), "role")[0] != '\0';
    call->finishes += text_at(choice, "finish_reason")[0] != '\0';
    if (call->roles != 1 || (call->finishes != 0 && content[0] != '\0'))
        complain(call, STORM_FLAW_MIXED, "chunk %u: %u roles, %u ends so far: %s", call->chunks,
                 call->roles, call->finishes, chunk);
    if (call->id == NULL)
        call->id = g_strdup(text_at(tree, "id"));
    else if (strcmp(call->id, text_at(tree, "id")) != 0)
        complain(call, STORM_FLAW_MIXED, "a chunk of %s in %s", text_at(tree, "id"), call->id);
    g_string_append(call->text, content);
    json_object_put(tree);
}

/* ---- The end ---- */

static void read_attempts(StormCall *call, json_object *report)
{
    json_object *attempts = at(report, "attempts");

    call->reported = true;
    for (size_t i = 0; i < json_object_array_length(attempts); i++) {
        json_object *one = json_object_array_get_idx(attempts, i);
        bool ok = json_object_get_boolean(at(one, "ok"));

        add_attempt(&call->attempts,
                    (StormAttempt){
                        .target = target_of(text_at(one, "target")),
                        .cls = ok ? 0 : class_of(text_at(one, "class")),
                        .requests = (unsigned)json_object_get_int(at(one, "requests")),
                    });
    }
}

/* In millionths of a dollar; -1: unknown. Prices here make whole ones. */
static int64_t cost_of(json_object *of)
{
    const char *usd = text_at(at(of, "cost"), "usd");
    return usd[0] != '\0' ? (int64_t)(g_ascii_strtod(usd, NULL) * 1e6 + 0.5) : -1;
}

/* Who served is billed as its vendor counted, all others nothing: but what the loser of a race had
 * begun, which nobody counts, is estimated. */
static void check_cost(StormCall *call, json_object *report, int64_t expected)
{
    json_object *attempts = at(report, "attempts"), *total = at(report, "cost");
    bool estimated = json_object_get_boolean(at(total, "estimated"));
    int64_t sum = 0, served = -1;

    for (size_t i = 0; i < json_object_array_length(attempts); i++) {
        json_object *one = json_object_array_get_idx(attempts, i);

        sum += MAX(cost_of(one), 0);
        if (json_object_get_boolean(at(one, "ok")))
            served = cost_of(one);
    }
    if (served != expected || cost_of(report) != sum || (sum != expected) != estimated ||
        (estimated && !call->hedges))
        complain(call, STORM_FLAW_USAGE,
                 "cost %s, the attempts %" G_GINT64_FORMAT ", who served %" G_GINT64_FORMAT
                 " instead of %" G_GINT64_FORMAT,
                 json_object_to_json_string(total), sum, served, expected);
}

static void check_usage(StormCall *call, json_object *report)
{
    json_object *usage = at(report, "usage");
    int read = storm_prompt_tokens(call->from), written = storm_completion_tokens(call->from);

    if (json_object_get_int(at(usage, "prompt_tokens")) != read ||
        json_object_get_int(at(usage, "completion_tokens")) != written)
        complain(call, STORM_FLAW_USAGE, "%s instead of %d and %d",
                 json_object_to_json_string(usage), read, written);
    if (call->judge->priced)
        check_cost(call, report, read + 2 * written);
}

/* Who served it, or else was tried last. */
static void check_target(StormCall *call, json_object *report)
{
    unsigned last = MIN(call->attempts.n, STORM_ATTEMPTS);
    unsigned named = target_of(text_at(report, "target"));

    if (call->text->len != 0 && named != call->from.target)
        complain(call, STORM_FLAW_TARGET, "the report says %s, the text is of %c",
                 text_at(report, "target"), STORM_NAMES[call->from.target]);
    if (call->text->len == 0 && last != 0 && !call->hedges &&
        named != call->attempts.of[last - 1].target)
        complain(call, STORM_FLAW_TARGET, "the report of a failure says %s, which was not the last",
                 text_at(report, "target"));
}

static void take_answer(StormCall *call, const char *answer)
{
    json_object *tree = json_tokener_parse(answer);
    json_object *choice = json_object_array_get_idx(at(tree, "choices"), 0);

    g_string_assign(call->text, text_at(at(choice, "message"), "content"));
    call->id = g_strdup(text_at(tree, "id"));
    json_object_put(tree);
}

static void count_end(StormCall *call, int cls)
{
    StormJudge *judge = call->judge;

    if (cls == 0)
        count(judge, &judge->well, 1);
    else if (cls == PATCHBAY_ERR_CANCELLED && call->touched)
        count(judge, &judge->cancelled, 1);
    else
        count(judge, &judge->failed[CLAMP(cls, 0, PATCHBAY_ERR_CANCELLED)], 1);
    if (cls != 0 && call->text->len != 0)
        count(judge, &judge->late, 1);
}

void storm_call_end(StormCall *call, const patchbay_result *result, const patchbay_error *error)
{
    json_object *report = NULL;
    bool sound;

    if (error == NULL && result != NULL)
        error = patchbay_result_error(result);
    if (++call->dones != 1) {
        complain(call, STORM_FLAW_ENDS, "ended %u times", call->dones);
        return;
    }
    if (result != NULL) {
        report = json_tokener_parse(patchbay_result_report(result));
        read_attempts(call, report);
        if (error == NULL && !call->stream)
            take_answer(call, patchbay_result_answer(result));
    }
    sound = (error != NULL && call->text->len == 0) || check_text(call, error == NULL);
    if (sound && call->text->len != 0)
        check_id(call, call->id);
    if (sound && report != NULL)
        check_target(call, report);
    if (sound && error == NULL && report != NULL)
        check_usage(call, report);
    if (error == NULL && call->stream && call->finishes != 1)
        complain(call, STORM_FLAW_INCOMPLETE, "%u ends in a stream that went well", call->finishes);
    count_end(call, error != NULL ? patchbay_error_class(error) : 0);
    json_object_put(report);
}

/* ---- Against the vendors ---- */

static char *show_attempts(const StormAttempts *attempts)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < MIN(attempts->n, STORM_ATTEMPTS); i++)
        g_string_append_printf(out, " %c:%d*%u", (STORM_NAMES "?")[attempts->of[i].target],
                               attempts->of[i].cls, attempts->of[i].requests);
    return g_string_free(out, FALSE);
}

static char *show_visits(const StormCalls *calls)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < MIN(calls->n, STORM_VISITS); i++)
        g_string_append_printf(out, " %c:%s", STORM_NAMES[calls->entries[i].visit.target],
                               storm_fate_name(calls->entries[i].fate));
    return g_string_free(out, FALSE);
}

static unsigned visits_at(const StormCalls *calls, unsigned target)
{
    unsigned n = 0;

    for (unsigned i = 0; i < MIN(calls->n, STORM_VISITS); i++)
        n += calls->entries[i].visit.target == target;
    return n;
}

/* How many requests to a target attempts say; lost: of them those that timed out, on a machine so
 * busy perhaps before their vendor had looked. */
static unsigned said_of(const StormAttempts *attempts, unsigned target, unsigned *lost)
{
    unsigned n = 0;

    *lost = 0;
    for (unsigned i = 0; i < MIN(attempts->n, STORM_ATTEMPTS); i++) {
        const StormAttempt *attempt = &attempts->of[i];

        n += attempt->target == target ? attempt->requests : 0;
        *lost += attempt->target == target && attempt->cls == PATCHBAY_ERR_TIMEOUT;
    }
    return n;
}

/* As many requests as attempts say, at each target. A call that was cancelled, and the loser of a
 * race, may have been stopped before its request left. */
static bool check_counts(StormCall *call, const StormAttempts *attempts, const StormCalls *calls)
{
    bool right = calls->n <= STORM_VISITS && attempts->n <= STORM_ATTEMPTS;
    unsigned strangers, lost;

    for (unsigned i = 0; i < STORM_TARGETS; i++) {
        unsigned said = said_of(attempts, i, &lost), seen = visits_at(calls, i);
        bool loose = call->touched || call->hedges || said - seen <= lost;

        right = right && (seen == said || (loose && seen < said));
        if (attempts == &call->tried && seen < said && said - seen <= lost)
            count(call->judge, &call->judge->unseen, said - seen);
    }
    strangers = said_of(attempts, STORM_TARGETS, &lost);
    if (!right || strangers != 0) {
        g_autofree char *tried = show_attempts(attempts), *seen = show_visits(calls);

        complain(call, STORM_FLAW_ATTEMPTS, "%s:%s; the vendors saw:%s",
                 attempts == &call->tried ? "the watcher was told" : "reported", tried, seen);
        return false;
    }
    return true;
}

static unsigned requests_of(const StormAttempts *attempts)
{
    unsigned n = 0;

    for (unsigned i = 0; i < MIN(attempts->n, STORM_ATTEMPTS); i++)
        n += attempts->of[i].requests;
    return n;
}

/* Did it end as its vendor made it? Any may have been too slow on a busy machine. */
static void check_fate(StormCall *call, const StormAttempt *attempt, const StormEntry *entry)
{
    if (storm_fate_gives(entry->fate, attempt->cls) ||
        (call->touched && attempt->cls == PATCHBAY_ERR_CANCELLED))
        return;
    if (attempt->cls == PATCHBAY_ERR_TIMEOUT)
        count(call->judge, &call->judge->slow, 1);
    else
        complain(call, STORM_FLAW_CLASS, "%c was %s and ended as class %d",
                 STORM_NAMES[attempt->target], storm_fate_name(entry->fate), attempt->cls);
}

/* One after the other. Where a vendor did not see one, nobody knows which is which. */
static void check_order(StormCall *call, const StormCalls *calls)
{
    unsigned k = 0;

    if (requests_of(&call->attempts) != calls->n)
        return;
    for (unsigned i = 0; i < MIN(call->attempts.n, STORM_ATTEMPTS); i++) {
        const StormAttempt *attempt = &call->attempts.of[i];

        if (attempt->requests == 0)
            continue;
        if (calls->entries[k].visit.target != attempt->target) {
            complain(call, STORM_FLAW_ATTEMPTS, "the order reported is not the one that was seen");
            return;
        }
        check_fate(call, attempt, &calls->entries[k++]);
    }
}

/* Content was handed out: the request that gave it is the last one. */
static void check_last(StormCall *call, const StormCalls *calls)
{
    const StormEntry *last = &calls->entries[MIN(calls->n, STORM_VISITS) - 1];

    if (last->visit.target != call->from.target || last->visit.visit != call->from.visit) {
        g_autofree char *seen = show_visits(calls);

        complain(call, STORM_FLAW_CONTINUED, "the text is of %c %u, the vendors saw:%s",
                 STORM_NAMES[call->from.target], call->from.visit, seen);
    }
}

static void check_hints(StormCall *call, const StormCalls *calls)
{
    for (unsigned i = 0; i < MIN(calls->n, STORM_VISITS); i++)
        for (unsigned k = i + 1; k < MIN(calls->n, STORM_VISITS); k++) {
            const StormEntry *first = &calls->entries[i], *next = &calls->entries[k];
            bool hinted = first->fate == STORM_LIMIT_S || first->fate == STORM_503_HINT;
            int64_t hint_us = INT64_C(1000) * storm_hint_ms(first->fate, first->visit);

            if (hinted && next->visit.target == first->visit.target &&
                next->at_us - first->at_us < hint_us - HASTE_US)
                complain(call, STORM_FLAW_HASTE, "%c asked again after %" G_GINT64_FORMAT " us",
                         STORM_NAMES[first->visit.target], next->at_us - first->at_us);
        }
}

static void count_asked(StormJudge *judge, const StormCalls *calls)
{
    for (unsigned i = 0; i < STORM_TARGETS; i++) {
        unsigned n = visits_at(calls, i);

        count(judge, &judge->asked[i], n != 0);
        count(judge, &judge->extra[i], n != 0 ? n - 1 : 0);
    }
}

void storm_call_settle(StormCall *call)
{
    StormJudge *judge = call->judge;
    StormCalls calls = storm_fleet_calls(judge->fleet, call->nonce);
    bool right = true;

    if (call->dones != 1)
        complain(call, STORM_FLAW_ENDS, "ended %u times", call->dones);
    if (call->reported)
        right = check_counts(call, &call->attempts, &calls);
    if (judge->watched) {
        right = check_counts(call, &call->tried, &calls) && right;
        if (call->told_ends != call->tried.n)
            complain(call, STORM_FLAW_ENDS, "%u attempts began and %u ended", call->tried.n,
                     call->told_ends);
    }
    count_asked(judge, &calls);
    count(judge, &judge->attempts, calls.n);
    if (calls.n == 0)
        return;
    if (!call->hedges && call->text->len != 0)
        check_last(call, &calls);
    if (right && !call->hedges && call->reported)
        check_order(call, &calls);
    check_hints(call, &calls);
}
