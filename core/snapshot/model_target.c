/* SPDX-License-Identifier: Apache-2.0 */
/* One provider and upstream model with what choosing needs to know of it: price, context, limits;
 * and the `targets` of a [model]. Targets are made on any thread from an immutable snapshot, those
 * of a model by [main] while it is built. It chooses nothing. */
#include "snapshot/model_parts.h"
#include "snapshot/resolve.h"

#include "base/str.h"
#include "config/types.h"

#include <string.h>

/* The price by the target's own name, else, where the provider is the vendor itself under another
 * name, by that of a prefix of its driver. */
static const PbayPrice *find_price(const PbaySnapshot *snapshot, const PbayModelTarget *target)
{
    const PbayPrice *price = pbay_price_find(snapshot->prices, target->name);
    const PbayProvider *provider = target->provider;
    if (price != NULL || provider == NULL || provider->driver == NULL || !provider->vendor)
        return price;
    for (char *const *prefix = provider->driver->prefixes; *prefix != NULL && price == NULL;
         prefix++) {
        g_autofree char *name = g_strconcat(*prefix, "/", target->model, NULL);
        price = pbay_price_find(snapshot->prices, name);
    }
    return price;
}

/* Tokens by the manifest, whose models are the vendor's own; 0: it does not say. */
static int64_t listed_context(const PbayModelTarget *target)
{
    const PbayProvider *provider = target->provider;
    const GPtrArray *models = provider != NULL && provider->driver != NULL && provider->vendor
                                  ? provider->driver->manifest->models
                                  : NULL;
    for (guint i = 0; models != NULL && i < models->len; i++) {
        const PbayModelInfo *info = g_ptr_array_index(models, i);
        json_object *context = NULL;
        if (strcmp(info->id, target->model) == 0 &&
            json_object_object_get_ex(info->details, "context", &context) &&
            json_object_is_type(context, json_type_int))
            return MAX(json_object_get_int64(context), 0);
    }
    return 0;
}

static int64_t find_context(const PbayModelTarget *target)
{
    if (target->limits != NULL && target->limits->context > 0)
        return target->limits->context;
    if (target->provider_limits != NULL && target->provider_limits->context > 0)
        return target->provider_limits->context;
    return listed_context(target);
}

PbayModelTarget *pbay_model_target_new(const PbaySnapshot *snapshot, PbayProvider *provider,
                                       const char *name)
{
    const char *slash = strchr(name, '/');
    g_autofree char *head = g_strndup(name, (size_t)(slash - name));
    PbayModelTarget *target = g_new0(PbayModelTarget, 1);
    target->name = g_strdup(name);
    target->model = g_strdup(slash + 1);
    target->provider = provider;
    target->weight = 1;
    if (snapshot->limits != NULL) {
        target->limits = g_hash_table_lookup(snapshot->limits, name);
        target->provider_limits = g_hash_table_lookup(snapshot->limits, head);
    }
    target->price = find_price(snapshot, target);
    target->context = find_context(target);
    return target;
}

PbayModelTarget *pbay_snapshot_target(const PbaySnapshot *snapshot, PbayProvider *provider,
                                      const char *model)
{
    g_autofree char *name = g_strconcat(provider->name, "/", model, NULL);
    return pbay_model_target_new(snapshot, provider, name);
}

void pbay_model_target_free(PbayModelTarget *target)
{
    if (target == NULL)
        return;
    g_free(target->name);
    g_free(target->known_as);
    g_free(target->model);
    g_free(target);
}

/* ---- `targets` ------------------------------------------------------------------------------- */

static void unknown_provider(PbayModelDraft *draft, const PbayValue *value, const char *name)
{
    g_autofree char *head = g_strndup(name, strcspn(name, "/"));
    g_autofree char *near = pbay_resolve_nearest_provider(draft->snapshot, name);
    g_autofree char *hint = near != NULL ? g_strdup_printf("did you mean %s?", near)
                                         : g_strdup("'patchbay providers' lists those there are");
    pbay_problems_add(draft->problems, value->origin, draft->title, value->key, hint,
                      "`%s` of [%s] names %s, and there is no provider %s", value->key,
                      draft->title, name, head);
}

static bool is_there(const PbayModel *model, const char *name)
{
    for (guint i = 0; i < model->targets->len; i++)
        if (strcmp(((const PbayModelTarget *)model->targets->pdata[i])->name, name) == 0)
            return true;
    return false;
}

static void add_target(PbayModelDraft *draft, const PbayValue *value, const char *item)
{
    const char *why = NULL, *rest = NULL;
    g_autofree char *name = NULL;
    int64_t weight = 1;
    if (!pbay_config_parse_target(item, &name, &weight, &why))
        return; /* reported when the configuration was read */
    PbayProvider *provider = pbay_resolve_prefix(draft->snapshot, name, &rest);
    if (provider == NULL && !pbay_resolve_is_refused(draft->snapshot, name)) {
        unknown_provider(draft, value, name);
        return;
    }
    if (is_there(draft->model, name)) {
        pbay_problems_add(draft->problems, value->origin, draft->title, value->key,
                          "write it once; weight=N gives it a larger share",
                          "`%s` of [%s] names %s twice", value->key, draft->title, name);
        return;
    }
    PbayModelTarget *target = pbay_model_target_new(draft->snapshot, provider, name);
    target->weight = weight;
    g_ptr_array_add(draft->model->targets, target);
}

static bool has_weight(const PbayModel *model)
{
    for (guint i = 0; i < model->targets->len; i++)
        if (((const PbayModelTarget *)model->targets->pdata[i])->weight > 0)
            return true;
    return model->targets->len == 0;
}

void pbay_model_targets(PbayModelDraft *draft)
{
    const PbayValue *value = pbay_section_get(draft->section, "targets");
    for (char *const *item = value != NULL ? value->items : NULL; item != NULL && *item != NULL;
         item++)
        add_target(draft, value, *item);
    if (draft->model->strategy == PBAY_STRATEGY_WEIGHTED && !has_weight(draft->model))
        pbay_problems_add(draft->problems, value->origin, draft->title, value->key,
                          "give one of them a weight above 0",
                          "every target of [%s] has weight 0, so none could be chosen",
                          draft->title);
}
