/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what a call has used and what that cost: the vendor's counts as disjoint classes, or an
 * estimate that says so, at the target's price. A failed attempt costs what its vendor counted, or
 * what it had said; the loser of a race what it read. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"
#include "routing/facts.h"

/* What the vendor counted, its sums taken apart. */
static void take_counted(const PbayUsage *usage, PbayTokens *tokens)
{
    tokens->cached = MIN(usage->cached, usage->in);
    tokens->cache_write = MIN(usage->cache_write, usage->in - tokens->cached);
    tokens->input = usage->in - tokens->cached - tokens->cache_write;
    tokens->reasoning = MIN(usage->reasoning, usage->out);
    tokens->output = usage->out - tokens->reasoning;
}

/* Kinds whose answers are counted in tokens at all. */
static bool reads_tokens(int32_t kind)
{
    return kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION || kind == PB_KIND_EMBEDDING;
}

static int64_t estimate_read(const PbayCall *call)
{
    if (call->measured)
        return call->facts.tokens;
    return pbay_estimate_tokens((int64_t)call->body->len);
}

/* It has surely worked on the request, whether it counted that or not: it went well, it had said
 * something when it was cut, or it was given up for another that was faster. */
static bool has_worked(const PbayAttempt *attempt)
{
    bool went_well = attempt->failure == NULL && !attempt->lost;
    return went_well || attempt->first_ms >= 0 || (attempt->lost && attempt->requests != 0);
}

bool pbay_attempt_tokens(const PbayAttempt *attempt, PbayTokens *tokens)
{
    const PbayCall *call = attempt->call;
    PbayUsage usage = attempt->usage;
    bool in = (usage.known & PB_USAGE_IN) != 0, out = (usage.known & PB_USAGE_OUT) != 0;
    bool worked = has_worked(attempt);
    *tokens = (PbayTokens){.requests = attempt->requests};
    if (call->kind == PB_KIND_IMAGE && attempt->failure == NULL && !attempt->lost)
        tokens->images = attempt->images;
    if (!in && !out && !(worked && reads_tokens(call->kind)))
        return tokens->images != 0;
    bool writes = call->kind != PB_KIND_EMBEDDING;
    tokens->estimated = !in || (writes && !out);
    if (!in)
        usage.in = worked ? estimate_read(call) : 0;
    if (!out)
        usage.out = worked && writes ? pbay_estimate_tokens((int64_t)attempt->text_bytes) : 0;
    take_counted(&usage, tokens);
    return true;
}

static void write_tokens(const PbayTokens *tokens, PbayJsonWriter *w)
{
    pbay_json_key(w, PBAY_STR("tokens"));
    pbay_json_open(w, true);
    pbay_json_member_int(w, "input", tokens->input);
    pbay_json_member_int(w, "cached", tokens->cached);
    pbay_json_member_int(w, "cache_write", tokens->cache_write);
    pbay_json_member_int(w, "output", tokens->output);
    pbay_json_member_int(w, "reasoning", tokens->reasoning);
    if (tokens->images != 0)
        pbay_json_member_int(w, "images", tokens->images);
    pbay_json_member_bool(w, "estimated", tokens->estimated);
    pbay_json_close(w);
}

static void write_cost(bool known, PbayMoney cost, bool estimated, const char *why,
                       PbayJsonWriter *w)
{
    pbay_json_key(w, PBAY_STR("cost"));
    pbay_json_open(w, true);
    if (known) {
        g_autofree char *usd = pbay_money_text(cost);
        pbay_json_member_str(w, "usd", pbay_str(usd));
        pbay_json_member_bool(w, "estimated", estimated);
    } else {
        pbay_json_member_str(w, "unknown", pbay_str(why));
    }
    pbay_json_close(w);
}

static char *unknown_at(const PbayAttempt *attempt, const char *why)
{
    return g_strdup_printf("%s: %s", attempt->step->target->name, why);
}

void pbay_attempt_write_cost(const PbayAttempt *attempt, PbayJsonWriter *w)
{
    PbayTokens tokens;
    PbayMoney cost = 0;
    const char *why = NULL;
    if (!pbay_attempt_tokens(attempt, &tokens))
        return;
    bool known = pbay_price_cost(attempt->step->target->price, &tokens, &cost, &why);
    write_tokens(&tokens, w);
    write_cost(known, cost, tokens.estimated, why, w);
}

void pbay_call_write_cost(const PbayCall *call, PbayJsonWriter *w)
{
    PbayTokens sum = {0}, tokens;
    PbayMoney total = 0;
    g_autofree char *unknown = NULL;
    bool any = false;
    for (guint i = 0; i < call->attempts->len; i++) {
        const PbayAttempt *attempt = call->attempts->pdata[i];
        PbayMoney cost = 0;
        const char *why = NULL;
        if (!pbay_attempt_tokens(attempt, &tokens))
            continue;
        any = true;
        pbay_tokens_add(&sum, &tokens);
        if (pbay_price_cost(attempt->step->target->price, &tokens, &cost, &why))
            total += cost;
        else if (unknown == NULL)
            unknown = unknown_at(attempt, why);
    }
    if (!any)
        return;
    write_tokens(&sum, w);
    write_cost(unknown == NULL, total, sum.estimated, unknown, w);
}
