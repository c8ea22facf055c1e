/* SPDX-License-Identifier: Apache-2.0 */
/* What tokens cost at each target that a name may lead to: for given numbers of tokens, and for a
 * request by its estimate. It asks no vendor and changes nothing; an unknown price is a reason in
 * the answer, never zero. Any thread. */
#include "api/internal.h"

#include "call/request.h"
#include "routing/facts.h"
#include "routing/plan.h"
#include "json/writer.h"

/* One answer on its way. */
typedef struct Costing {
    const PbaySnapshot *snapshot;
    PbayTokens tokens;
    GHashTable *listed; /* names of targets; borrowed      */
    GHashTable *passed; /* const PbayModel * already there */
    PbayJsonWriter w;
} Costing;

static void costing_init(Costing *costing, const PbaySnapshot *snapshot, GString *out)
{
    *costing = (Costing){.snapshot = snapshot,
                         .listed = g_hash_table_new(g_str_hash, g_str_equal),
                         .passed = g_hash_table_new(NULL, NULL)};
    pbay_json_writer_init(&costing->w, out);
}

static void costing_clear(Costing *costing)
{
    g_hash_table_unref(costing->listed);
    g_hash_table_unref(costing->passed);
}

/* ---- One target ---- */

static void write_price(const PbayPrice *price, PbayJsonWriter *w)
{
    g_autoptr(GString) text = g_string_new(NULL);
    pbay_price_write(price, text);
    pbay_json_key(w, PBAY_STR("price"));
    pbay_json_write_raw(w, pbay_str_of(text));
}

/* out: why it would not be asked now, or NULL. */
static void write_target(Costing *costing, const PbayModelTarget *target, PbayCause cause,
                         const char *out)
{
    PbayJsonWriter *w = &costing->w;
    PbayMoney cost = 0;
    const char *why = NULL;
    if (!g_hash_table_add(costing->listed, target->name))
        return;
    pbay_json_open(w, true);
    pbay_json_member_str(w, "target", pbay_str(target->name));
    if (pbay_price_cost(target->price, &costing->tokens, &cost, &why)) {
        g_autofree char *usd = pbay_money_text(cost);
        pbay_json_member_str(w, "usd", pbay_str(usd));
    } else {
        pbay_json_member_str(w, "unknown", pbay_str(why));
    }
    if (target->price != NULL)
        write_price(target->price, w);
    if (cause != PBAY_CAUSE_CHOICE)
        pbay_json_member_str(w, "cause", pbay_str(pbay_cause_name(cause)));
    if (out != NULL)
        pbay_json_member_str(w, "out", pbay_str(out));
    pbay_json_close(w);
}

/* ---- All of a name, whatever would be chosen ---- */

static void write_model(Costing *costing, const PbayModel *model, PbayCause cause);

static void write_route(Costing *costing, const PbayRoute *route, PbayCause cause)
{
    if (route->target != NULL)
        write_target(costing, route->target, cause, NULL);
    if (route->model != NULL && g_hash_table_add(costing->passed, (gpointer)route->model))
        write_model(costing, route->model, cause);
}

static void write_routes(Costing *costing, const GPtrArray *routes, PbayCause cause)
{
    for (guint i = 0; i < routes->len; i++)
        write_route(costing, g_ptr_array_index(routes, i), cause);
}

/* A fallback of a fallback comes for the reason of the first. */
static void write_model(Costing *costing, const PbayModel *model, PbayCause cause)
{
    bool first = cause == PBAY_CAUSE_CHOICE;
    for (guint i = 0; i < model->targets->len; i++)
        write_target(costing, model->targets->pdata[i], cause, NULL);
    for (guint i = 0; i < model->rules->len; i++)
        write_route(costing, &((const PbayRule *)model->rules->pdata[i])->to, cause);
    write_route(costing, &model->otherwise, cause);
    write_routes(costing, model->fallbacks, first ? PBAY_CAUSE_FAILURE : cause);
    write_routes(costing, model->context_fallbacks, first ? PBAY_CAUSE_CONTEXT : cause);
    write_routes(costing, model->policy_fallbacks, first ? PBAY_CAUSE_POLICY : cause);
}

static void write_head(Costing *costing, pb_str model, bool estimated)
{
    pbay_json_open(&costing->w, true);
    pbay_json_member_str(&costing->w, "model", model);
    pbay_json_member_bool(&costing->w, "estimated", estimated);
}

static void open_targets(Costing *costing)
{
    pbay_json_key(&costing->w, PBAY_STR("targets"));
    pbay_json_open(&costing->w, false);
}

static bool cost_of_name(Costing *costing, const char *model, GError **error)
{
    PbayRoute route = {0};
    g_autofree char *reason = NULL;
    if (!pbay_snapshot_route(costing->snapshot, model, &route, &reason, error))
        return false;
    write_head(costing, pbay_str(model), costing->tokens.estimated);
    open_targets(costing);
    write_route(costing, &route, PBAY_CAUSE_CHOICE);
    pbay_json_close(&costing->w);
    pbay_json_close(&costing->w);
    pbay_model_target_free(route.target);
    return true;
}

static char *finish(Costing *costing, GString *out, bool known, GError *gerror,
                    patchbay_error **error)
{
    costing_clear(costing);
    if (!known)
        pbay_api_error_take(error, gerror);
    return g_string_free(out, !known);
}

char *patchbay_cost(patchbay *pb, const char *model, int64_t input, int64_t output,
                    patchbay_error **error)
{
    PbaySnapshot *snapshot = pbay_api_snapshot(pb);
    g_autofree char *why = NULL;
    g_autofree char *usual = model == NULL ? pbay_snapshot_default_model(snapshot, &why) : NULL;
    GString *out = g_string_new(NULL);
    GError *gerror = NULL;
    Costing costing;
    bool known;

    costing_init(&costing, snapshot, out);
    costing.tokens = (PbayTokens){.input = input, .output = output, .requests = 1};
    known = input >= 0 && output >= 0;
    if (!known)
        g_set_error(&gerror, PBAY_ERROR, PB_ERR_INVALID,
                    "a number of tokens is negative: %" G_GINT64_FORMAT " read, %" G_GINT64_FORMAT
                    " written",
                    input, output);
    else
        known = cost_of_name(&costing, model != NULL ? model : usual, &gerror);
    pbay_snapshot_unref(snapshot);
    return finish(&costing, out, known, gerror, error);
}

/* ---- A request before it is sent ---- */

static void write_tokens(Costing *costing)
{
    PbayJsonWriter *w = &costing->w;
    pbay_json_key(w, PBAY_STR("tokens"));
    pbay_json_open(w, true);
    pbay_json_member_int(w, "input", costing->tokens.input);
    pbay_json_member_int(w, "output", costing->tokens.output);
    if (costing->tokens.images != 0)
        pbay_json_member_int(w, "images", costing->tokens.images);
    pbay_json_close(w);
}

PbayPlan *pbay_api_plan(patchbay *pb, const PbaySnapshot *snapshot, const patchbay_request *request,
                        const PbayCallRequest *read, const char *name, const PbayFacts *facts,
                        GError **error)
{
    const PbayPlanSpec spec = {
        .snapshot = snapshot,
        .fleet = pb->fleet,
        .name = name,
        .facts = facts,
        .kind = request->kind,
        .own_key = request->api_key != NULL,
        .fallbacks = read->fallbacks,
        .has_max_cost = read->has_max_cost,
        .max_cost = read->max_cost,
        .has_prefer = read->has_prefer,
        .prefer = read->prefer,
        .now = g_get_monotonic_time() / 1000,
    };
    return pbay_plan_new(&spec, error);
}

/* Without a plan because the budget refuses all of it, the targets are still of interest. */
static bool write_estimate(Costing *costing, const char *name, const PbayPlan *plan,
                           const GError *refusal)
{
    PbayRoute route = {0};
    g_autofree char *reason = NULL;
    if (plan == NULL && !pbay_snapshot_route(costing->snapshot, name, &route, &reason, NULL))
        return false;
    write_head(costing, pbay_str(name), true);
    write_tokens(costing);
    if (plan == NULL)
        pbay_json_member_str(&costing->w, "refused", pbay_str(refusal->message));
    open_targets(costing);
    for (guint i = 0; plan != NULL && i < plan->steps->len; i++) {
        const PbayStep *step = &g_array_index(plan->steps, PbayStep, i);
        write_target(costing, step->target, step->cause, step->out ? step->reason : NULL);
    }
    write_route(costing, &route, PBAY_CAUSE_CHOICE);
    pbay_json_close(&costing->w);
    pbay_json_close(&costing->w);
    pbay_model_target_free(route.target);
    return true;
}

static bool estimate(patchbay *pb, Costing *costing, const patchbay_request *request,
                     const PbayCallRequest *read, GError **error)
{
    g_autofree char *name = pbay_str_dup(read->model);
    GError *refusal = NULL;
    PbayFacts facts;
    pbay_facts_measure(request->kind, read->root, read->labels, g_get_real_time() / G_USEC_PER_SEC,
                       &facts);
    pbay_facts_tokens(request->kind, &facts, &costing->tokens);
    PbayPlan *plan = pbay_api_plan(pb, costing->snapshot, request, read, name, &facts, &refusal);
    bool known = write_estimate(costing, name, plan, refusal);
    if (!known)
        g_propagate_error(error, g_steal_pointer(&refusal));
    g_clear_error(&refusal);
    pbay_plan_free(plan);
    pbay_facts_clear(&facts);
    return known;
}

static void take_failure(PbayFailure *failure, GError **error)
{
    g_set_error_literal(error, PBAY_ERROR, failure->cls, failure->message);
    pbay_failure_unref(failure);
}

static bool has_price(int32_t kind)
{
    return kind != PB_KIND_MODELS && kind != PB_KIND_PROBE;
}

char *patchbay_estimate(patchbay *pb, const patchbay_request *request, patchbay_error **error)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    PbayCallRequest read = {0};
    GError *gerror = NULL;
    Costing costing;

    if (request == NULL) {
        pbay_api_error_set(error, pbay_api_no_request());
        return NULL;
    }
    PbaySnapshot *snapshot = pbay_api_snapshot(pb);
    GString *out = g_string_new(NULL);
    PbayFailure *failure = pbay_call_request_read(arena, request->kind, pbay_str(request->json),
                                                  request->model, &read);
    costing_init(&costing, snapshot, out);
    if (failure == NULL && !has_price(request->kind))
        failure = pbay_failure_new(PB_ERR_INVALID, "a request of kind %s has no price",
                                   pbay_kind_name(request->kind));
    bool known = failure == NULL;
    if (!known)
        take_failure(failure, &gerror);
    else
        known = estimate(pb, &costing, request, &read, &gerror);
    pbay_call_request_clear(&read);
    pbay_snapshot_unref(snapshot);
    return finish(&costing, out, known, gerror, error);
}
