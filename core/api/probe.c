/* SPDX-License-Identifier: Apache-2.0 */
/* Probes: their time limit, and what the billed ones cost. That is estimated and booked on the
 * day's sum before one is sent, so that the sum never passes [health] daily-cap: in the state file
 * where processes share one, else in the core. A price that is unknown cannot be booked, and the
 * probe is refused. Any thread; touches the disk, never the network. */
#include "api/internal.h"

#include "call/request.h"
#include "routing/facts.h"
#include "routing/plan.h"
#include "routing/state_file.h"
#include "snapshot/usable.h"

#define DAILY_CAP  "0.10" /* dollars, unless the configuration says else */
#define TIMEOUT_MS 30000

static PbayMoney daily_cap(const PbaySnapshot *snapshot)
{
    const PbaySection *section = pbay_config_section(snapshot->config, "health", "");
    const char *text = section != NULL ? pbay_section_str(section, "daily-cap") : NULL;
    PbayMoney cap = 0;

    pbay_money_parse(text != NULL ? text : DAILY_CAP, &cap);
    return cap;
}

int64_t pbay_api_timeout(const PbaySnapshot *snapshot, const patchbay_request *request)
{
    const PbaySection *section = pbay_config_section(snapshot->config, "health", "");
    bool probe = request->kind == PB_KIND_PROBE || request->billed_probe;

    if (request->timeout_ms > 0 || !probe)
        return request->timeout_ms;
    return pbay_section_ms(section, "timeout", TIMEOUT_MS);
}

/* ---- What it may cost ---- */

/* The dearest of the targets that may be asked, as often as the call may ask. *asked: how many
 * targets there are. NULL, or the refusal for a price that nobody knows. */
static PbayFailure *price_plan(const PbayPlan *plan, const patchbay_request *request,
                               const PbayTokens *tokens, PbayMoney cap, PbayMoney *amount)
{
    int retries = request->retries >= 0 ? request->retries : plan->resilience.retries;
    PbayMoney dearest = 0;
    int64_t targets = 0;

    for (guint i = 0; i < plan->steps->len; i++) {
        const PbayStep *step = &g_array_index(plan->steps, PbayStep, i);
        const PbayModelTarget *target = step->target;
        const char *why = NULL;
        PbayMoney cost = 0;

        if (target->provider == NULL ||
            !pbay_provider_usable(target->provider, request->api_key != NULL))
            continue;
        if (!pbay_price_cost(target->price, tokens, &cost, &why)) {
            g_autofree char *cap_text = pbay_money_text(cap);

            return pbay_failure_new(PB_ERR_QUOTA,
                                    "the price of %s is unknown (%s), so that a billed probe of it "
                                    "cannot be kept under the day's cap of $%s ([health] "
                                    "daily-cap): write its input and output in [price %s], or do "
                                    "without the bill",
                                    target->name, why, cap_text, target->name);
        }
        dearest = MAX(dearest, cost);
        targets++;
    }
    *amount = dearest * MIN((int64_t)plan->resilience.attempts, targets * (1 + (int64_t)retries));
    return NULL;
}

/* ---- Booking it ---- */

static PbayFailure *book(patchbay *pb, PbayMoney amount, PbayMoney cap)
{
    int64_t now = g_get_real_time() / 1000;
    g_autoptr(GError) error = NULL;
    PbayFailure *failure;
    PbayMoney spent;
    bool booked;

    if (pb->share != NULL) {
        booked =
            pbay_state_file_spend(pbay_share_path(pb->share), amount, cap, now, &spent, &error);
    } else {
        pthread_mutex_lock(&pb->lock);
        booked = pbay_daily_cap_book(&pb->probes, amount, cap, now, &error);
        pthread_mutex_unlock(&pb->lock);
    }
    if (booked)
        return NULL;
    failure = pbay_failure_from_gerror(error);
    if (error->code == PB_ERR_QUOTA)
        pbay_failure_set_code(failure, "daily_cap_reached");
    return failure;
}

/* A request that leads nowhere fails here as the call would: nothing is sent unbooked. */
static PbayFailure *book_request(patchbay *pb, const PbaySnapshot *snapshot,
                                 const patchbay_request *request, const PbayCallRequest *read)
{
    PbayMoney cap = daily_cap(snapshot), amount = 0;
    g_autoptr(GError) error = NULL;
    PbayFailure *failure = NULL;
    PbayTokens tokens;
    g_autofree char *name = pbay_str_dup(read->model);
    PbayFacts facts;
    PbayPlan *plan;

    pbay_facts_measure(request->kind, read->root, read->labels, g_get_real_time() / G_USEC_PER_SEC,
                       &facts);
    pbay_facts_tokens(request->kind, &facts, &tokens);
    plan = pbay_api_plan(pb, snapshot, request, read, name, &facts, &error);
    failure = plan != NULL ? price_plan(plan, request, &tokens, cap, &amount)
                           : pbay_failure_from_gerror(error);
    if (failure == NULL && amount > 0)
        failure = book(pb, amount, cap);
    pbay_plan_free(plan);
    pbay_facts_clear(&facts);
    return failure;
}

static bool is_free(int32_t kind)
{
    return kind == PB_KIND_PROBE || kind == PB_KIND_MODELS || kind == PB_KIND_COUNT_TOKENS;
}

PbayFailure *pbay_api_probe_book(patchbay *pb, const PbaySnapshot *snapshot,
                                 const patchbay_request *request)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayCallRequest read = {0};
    PbayFailure *failure;

    if (is_free(request->kind))
        return NULL;
    failure = pbay_call_request_read(arena, request->kind, pbay_str(request->json), request->model,
                                     &read);
    if (failure == NULL)
        failure = book_request(pb, snapshot, request, &read);
    pbay_call_request_clear(&read);
    return failure;
}
