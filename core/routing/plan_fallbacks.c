/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what follows the choice, by cause: the request's fallbacks or those of the models that led
 * to the choice, the innermost first; a fallback that is a model is followed by its own. Chains in
 * the configuration were checked for loops when it was loaded; a request can still name a model
 * that leads back, so no model is expanded twice. Any thread. */
#include "routing/plan_maker.h"

static const GPtrArray *routes_of(const PbayModel *model, PbayCause cause)
{
    return cause == PBAY_CAUSE_FAILURE   ? model->fallbacks
           : cause == PBAY_CAUSE_CONTEXT ? model->context_fallbacks
           : cause == PBAY_CAUSE_POLICY  ? model->policy_fallbacks
                                         : NULL;
}

static void add_of_path(PbayPlanMaker *maker, const GPtrArray *path);

/* One route, and behind it what its own models fall back to. */
static void add_one(PbayPlanMaker *maker, const PbayRoute *route, const PbayModel *of,
                    const char *trail)
{
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    pbay_plan_add_route(maker, route, of, trail, path);
    add_of_path(maker, path);
}

static void add_of_path(PbayPlanMaker *maker, const GPtrArray *path)
{
    for (guint i = path->len; i > 0; i--) {
        const PbayModel *model = g_ptr_array_index(path, i - 1);
        const GPtrArray *routes = routes_of(model, maker->cause);
        for (guint k = 0; routes != NULL && k < routes->len; k++) {
            g_autofree char *trail = g_strdup_printf(
                "%s %u of [model %s]", pbay_cause_name(maker->cause), k + 1, model->name);
            add_one(maker, g_ptr_array_index(routes, k), model, trail);
        }
    }
}

static bool add_of_request(PbayPlanMaker *maker, GError **error)
{
    char *const *names = maker->spec->fallbacks;
    for (guint i = 0; names[i] != NULL; i++) {
        PbayRoute route = {0};
        g_autofree char *how = NULL;
        if (!pbay_snapshot_route(maker->spec->snapshot, names[i], &route, &how, error)) {
            g_prefix_error(error, "patchbay.fallbacks: ");
            return false;
        }
        if (route.target != NULL)
            g_ptr_array_add(maker->plan->own, route.target);
        g_autofree char *trail = route.target != NULL
                                     ? g_strdup_printf("fallback %u of the request, %s", i + 1, how)
                                     : g_strdup_printf("fallback %u of the request", i + 1);
        add_one(maker, &route, NULL, trail);
    }
    return true;
}

bool pbay_plan_add_fallbacks(PbayPlanMaker *maker, GError **error)
{
    if (maker->cause == PBAY_CAUSE_FAILURE && maker->spec->fallbacks != NULL)
        return add_of_request(maker, error);
    add_of_path(maker, maker->path);
    return true;
}
