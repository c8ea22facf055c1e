/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of every call, whatever a simulation is about: it ends once and in time; what was
 * heard is of one request alone, whole where the call went well; nobody is asked after something
 * was heard; the report tells of every request in order, says of one at most that it served, and
 * counts tokens and money as the vendors did. */
#include "sim/sim.h"

#include "base/str.h"
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS 6 /* built in */

static pb_str member(const pb_json *object, const char *name)
{
    return pbay_json_str(pbay_json_get(object, pbay_str(name)));
}

static int64_t number(const pb_json *object, const char *name)
{
    return pbay_json_int(pbay_json_get(object, pbay_str(name)), 0);
}

static bool flag(const pb_json *object, const char *name)
{
    return pbay_json_bool(pbay_json_get(object, pbay_str(name)), 0) != 0;
}

static bool has(const pb_json *object, const char *name)
{
    return pbay_json_get(object, pbay_str(name)) != NULL;
}

/* ---- What was heard ---- */

/* Markers in order, of one request; gives it, or NULL: nothing was heard. */
static const SimRequest *read_markers(const SimCall *call, const char *text, unsigned *pieces)
{
    const SimRequest *request = NULL;
    *pieces = 0;
    for (const char *mark = strchr(text, '~'); mark != NULL; mark = strchr(mark, '~')) {
        char *end = NULL;
        size_t n = strtoul(mark + 1, &end, 10);
        unsigned piece = (unsigned)strtoul(end + 1, &end, 10);
        unsigned of = (unsigned)strtoul(end + 1, &end, 10);
        g_assert_cmpint(*end, ==, '~');
        g_assert_cmpuint(n, <, call->sim->requests->len);
        g_assert_true(request == NULL || request->n == n); /* never a mixture */
        request = sim_request(call->sim, n);
        g_assert_cmpuint(request->call, ==, call->n);
        g_assert_cmpuint(request->pieces, ==, of);
        g_assert_cmpuint(piece, ==, *pieces);
        (*pieces)++;
        mark = end + 1;
    }
    return request;
}

static void judge_heard(const SimCall *call, pb_str answer)
{
    g_autofree char *text = call->stream ? g_strdup(call->heard->str) : pbay_str_dup(answer);
    unsigned pieces = 0;
    const SimRequest *request = read_markers(call, text, &pieces);
    if (call->cls == 0) {
        g_assert_nonnull(request);
        g_assert_cmpint(request->fault, ==, SIM_GOOD);
        g_assert_cmpuint(pieces, ==, request->pieces);
        g_assert_cmpint(request->vendor, ==, call->served);
    } else if (!call->stream) {
        g_assert_cmpuint(answer.len, ==, 0);
    }
    if (request == NULL || !call->stream)
        return;
    /* What was heard and failed was the vendor's fault, or the call's time was up. */
    g_assert_true(call->cls == 0 || request->fault >= SIM_STALL_LATE ||
                  call->ended - call->began == call->deadline_ms);
    for (unsigned i = 0; i < call->n_asked; i++)
        g_assert_cmpint(sim_request(call->sim, call->asked[i])->at, <=, call->first_at);
}

/* ---- Tokens and money ---- */

/* "0.000123" in picodollars. */
static int64_t pico_of(pb_str usd)
{
    int64_t pico = 0;
    int decimals = -1;
    for (size_t i = 0; i < usd.len; i++) {
        if (usd.ptr[i] == '.') {
            decimals = 0;
            continue;
        }
        pico = pico * 10 + (usd.ptr[i] - '0');
        decimals += decimals >= 0 ? 1 : 0;
    }
    g_assert_cmpint(decimals, <=, 12);
    for (int i = MAX(decimals, 0); i < 12; i++)
        pico *= 10;
    return pico;
}

int64_t sim_cost(const SimPrice *price, const SimRequest *request)
{
    bool tier = price->above != 0 && request->in > price->above;
    int64_t plain = request->in - request->cached - request->write;
    return plain * (tier ? price->above_input : price->input) + request->cached * price->cached +
           request->write * price->write + (request->out - request->reasoning) * price->output +
           request->reasoning * price->reasoning + price->request;
}

static void judge_tokens(const pb_json *tokens, const SimRequest *request)
{
    g_assert_cmpint(number(tokens, "input") + number(tokens, "cached") +
                        number(tokens, "cache_write"),
                    ==, request->in);
    g_assert_cmpint(number(tokens, "output") + number(tokens, "reasoning"), ==, request->out);
    g_assert_cmpint(number(tokens, "cached"), ==, request->cached);
    g_assert_cmpint(number(tokens, "cache_write"), ==, request->write);
    g_assert_cmpint(number(tokens, "reasoning"), ==, request->reasoning);
    g_assert_false(flag(tokens, "estimated"));
}

typedef struct Sum {
    int64_t pico, in, out;
    bool any, unknown, estimated;
} Sum;

static void judge_cost(const pb_json *of, const SimVendor *vendor, int64_t pico)
{
    const pb_json *cost = pbay_json_get(of, PBAY_STR("cost"));
    g_assert_nonnull(cost);
    g_assert_true(has(cost, "usd") == vendor->priced);
    g_assert_true(has(cost, "unknown") != vendor->priced);
    if (vendor->priced)
        g_assert_cmpint(pico_of(member(cost, "usd")), ==, pico);
}

/* Whether or not it counted that, it has surely worked on the request: it served it, or had said
 * something when it was cut, or lost a race. */
static bool has_worked(const pb_json *attempt)
{
    return flag(attempt, "ok") || has(attempt, "first_ms") ||
           (flag(attempt, "lost_race") && number(attempt, "requests") != 0);
}

static void judge_bill(const SimCall *call, const pb_json *attempt, const SimRequest *request,
                       Sum *sum)
{
    const SimVendor *vendor = sim_vendor(call->sim, request->vendor);
    const pb_json *tokens = pbay_json_get(attempt, PBAY_STR("tokens"));
    bool told = vendor->usage != SIM_USAGE_NONE && request->told;
    bool cut_short = flag(attempt, "lost_race") || pbay_str_is(member(attempt, "class"), "timeout");
    if (!cut_short)
        g_assert_true((tokens != NULL) == (told || has_worked(attempt)));
    if (tokens == NULL)
        return;
    bool estimated = flag(tokens, "estimated");
    sum->any = true;
    sum->unknown = sum->unknown || !vendor->priced;
    sum->estimated = sum->estimated || estimated;
    if (estimated) {
        g_assert_true(has_worked(attempt) && (!told || cut_short));
        return;
    }
    g_assert_true(told);
    judge_tokens(tokens, request);
    judge_cost(attempt, vendor, sim_cost(&vendor->price, request));
    sum->pico += sim_cost(&vendor->price, request);
    sum->in += request->in;
    sum->out += request->out;
}

/* The whole is the sum of the attempts, no more and no less. */
static void judge_total(const pb_json *report, const Sum *sum)
{
    const pb_json *tokens = pbay_json_get(report, PBAY_STR("tokens"));
    const pb_json *cost = pbay_json_get(report, PBAY_STR("cost"));
    g_assert_true((tokens != NULL) == sum->any);
    g_assert_true((cost != NULL) == sum->any);
    if (!sum->any)
        return;
    g_assert_true(has(cost, "unknown") == sum->unknown);
    g_assert_true(flag(tokens, "estimated") == sum->estimated);
    if (sum->estimated)
        return;
    g_assert_cmpint(number(tokens, "input") + number(tokens, "cached") +
                        number(tokens, "cache_write"),
                    ==, sum->in);
    g_assert_cmpint(number(tokens, "output") + number(tokens, "reasoning"), ==, sum->out);
    if (!sum->unknown)
        g_assert_cmpint(pico_of(member(cost, "usd")), ==, sum->pico);
}

/* ---- Attempts ---- */

/* One that left: it was asked of this vendor, and it served only if that went well. */
static void judge_attempt(const SimCall *call, const pb_json *attempt, const SimRequest *request,
                          Sum *sum)
{
    const SimVendor *vendor = sim_vendor(call->sim, request->vendor);
    g_assert_true(pbay_str_is(member(attempt, "target"), vendor->name));
    g_assert_true(!flag(attempt, "ok") || !has(attempt, "class"));
    g_assert_true(!flag(attempt, "ok") || !flag(attempt, "lost_race"));
    g_assert_true(!flag(attempt, "ok") ||
                  (request->fault == SIM_GOOD && request->vendor == call->served));
    judge_bill(call, attempt, request, sum);
}

static void judge_attempts(const SimCall *call, const pb_json *report)
{
    const pb_json *attempts = pbay_json_get(report, PBAY_STR("attempts"));
    unsigned left = 0, served = 0;
    Sum sum = {0};
    for (size_t i = 0; i < pbay_json_len(attempts); i++) {
        const pb_json *attempt = pbay_json_at(attempts, i, NULL);
        int64_t requests = number(attempt, "requests");
        served += flag(attempt, "ok") ? 1 : 0;
        g_assert_cmpint(requests, <=, 1);
        if (requests == 0)
            continue;
        g_assert_cmpuint(left, <, call->n_asked);
        judge_attempt(call, attempt, sim_request(call->sim, call->asked[left++]), &sum);
    }
    g_assert_cmpuint(left, ==, call->n_asked);
    g_assert_cmpuint(served, ==, call->cls == 0 ? 1 : 0);
    judge_total(report, &sum);
}

void sim_judge(const SimCall *call, pb_str answer, pb_str report)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root = pbay_json_parse(arena, report, NULL, PBAY_JSON_UNIQUE, NULL);
    g_assert_nonnull(root);
    g_assert_cmpuint(call->done, ==, 1);
    if (call->deadline_ms != 0)
        g_assert_cmpint(call->ended - call->began, <=, call->deadline_ms);
    unsigned attempts = call->sim->setup.attempts;
    g_assert_cmpuint(call->n_asked, <=, attempts != 0 ? attempts : ATTEMPTS);
    judge_heard(call, answer);
    judge_attempts(call, root);
    /* Nothing of it is left under way. */
    for (unsigned i = 0; i < call->n_asked; i++)
        g_assert_false(sim_request_alive(sim_request(call->sim, call->asked[i])));
}
