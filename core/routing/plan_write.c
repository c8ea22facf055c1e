/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the form in which a plan is shown: the one JSON object that `patchbay explain` and programs
 * read. Pure; any thread. */
#include "routing/plan.h"

#include "base/str.h"

static void member_text(PbayJsonWriter *w, const char *key, const char *text)
{
    pbay_json_member_str(w, key, pbay_str(text));
}

static void write_labels(const char *name, GHashTable *labels, PbayJsonWriter *w)
{
    if (labels == NULL)
        return;
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(labels), (GCompareFunc)strcmp);
    pbay_json_key(w, pbay_str(name));
    pbay_json_open(w, true);
    for (const GList *key = keys; key != NULL; key = key->next)
        member_text(w, key->data, g_hash_table_lookup(labels, key->data));
    pbay_json_close(w);
}

static void write_facts(const PbayFacts *facts, PbayJsonWriter *w)
{
    pbay_json_key(w, PBAY_STR("facts"));
    pbay_json_open(w, true);
    pbay_json_member_int(w, "chars", facts->chars);
    pbay_json_member_int(w, "estimated_tokens", facts->tokens);
    pbay_json_member_int(w, "estimated_output", facts->output);
    pbay_json_member_int(w, "turns", facts->turns);
    pbay_json_member_int(w, "tools", facts->tools);
    pbay_json_member_int(w, "images", facts->images);
    pbay_json_member_bool(w, "schema", facts->schema);
    pbay_json_member_int(w, "hour", facts->hour);
    write_labels("labels", facts->labels, w);
    write_labels("metadata", facts->metadata, w);
    pbay_json_close(w);
}

static void write_price(const PbayStep *step, PbayJsonWriter *w)
{
    if (step->estimated) {
        g_autofree char *usd = pbay_money_text(step->estimate);
        member_text(w, "estimate_usd", usd);
    } else if (step->unpriced != NULL || step->target->price == NULL) {
        member_text(w, "price", "unknown");
    }
    if (step->over_budget)
        pbay_json_member_bool(w, "over_budget", true);
}

static void write_step(const PbayStep *step, PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    member_text(w, "target", step->target->name);
    if (step->model != NULL)
        member_text(w, "model", step->model->name);
    member_text(w, "cause", pbay_cause_name(step->cause));
    pbay_json_member_bool(w, "in", !step->out);
    member_text(w, "reason", step->reason);
    if (step->forced)
        pbay_json_member_bool(w, "forced", true);
    write_price(step, w);
    if (step->target->context > 0)
        pbay_json_member_int(w, "context", step->target->context);
    member_text(w, "breaker", pbay_breaker_state_name(step->peek.breaker));
    if (step->peek.first_ms >= 0)
        pbay_json_member_int(w, "latency_ms", step->peek.first_ms);
    pbay_json_member_int(w, "busy", step->peek.busy);
    pbay_json_close(w);
}

void pbay_plan_write(const PbayPlan *plan, const PbayFacts *facts, PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    member_text(w, "model", plan->asked);
    member_text(w, "how", plan->how);
    pbay_json_key(w, PBAY_STR("strategy"));
    if (plan->model != NULL)
        pbay_json_write_str(w, pbay_str(pbay_strategy_name(plan->model->strategy)));
    else
        pbay_json_write_null(w);
    pbay_json_member_int(w, "retries", plan->resilience.retries);
    pbay_json_member_int(w, "attempts", plan->resilience.attempts);
    pbay_json_member_bool(w, "hedge", plan->resilience.hedge);
    if (facts != NULL)
        write_facts(facts, w);
    pbay_json_key(w, PBAY_STR("steps"));
    pbay_json_open(w, false);
    for (guint i = 0; i < plan->steps->len; i++)
        write_step(&g_array_index(plan->steps, PbayStep, i), w);
    pbay_json_close(w);
    pbay_json_key(w, PBAY_STR("notes"));
    pbay_json_open(w, false);
    for (guint i = 0; i < plan->notes->len; i++)
        pbay_json_write_str(w, pbay_str(g_ptr_array_index(plan->notes, i)));
    pbay_json_close(w);
    pbay_json_close(w);
}
