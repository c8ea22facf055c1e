/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a manifest that says what the driver knows of its vendor: how inputs are split,
 * which models there are, what becomes of each canonical parameter. A kind this core does not
 * know is passed over, since a newer driver may have it. [main]. */
#include "base/error.h"
#include "drivers/drivers.h"
#include "drivers/jsonc.h"
#include "drivers/manifest_parts.h"

#include <string.h>

static bool complain(GError **error, const char *where, const char *what)
{
    g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "%s %s", where, what);
    return false;
}

static bool read_rule(PbayManifest *manifest, int32_t kind, const char *where, json_object *json,
                      GError **error)
{
    if (!json_object_is_type(json, json_type_object))
        return complain(error, where, "must be an array of objects");
    PbayBatchRule *rule = g_new0(PbayBatchRule, 1);
    g_ptr_array_add(manifest->batch, rule);
    rule->kind = kind;
    int64_t max = 0, parallel = 1;
    if (!pbay_jsonc_string(json, where, "models", &rule->models, error) ||
        !pbay_jsonc_string(json, where, "origin", &rule->origin, error) ||
        !pbay_jsonc_int(json, where, "max", &max, error) ||
        !pbay_jsonc_int(json, where, "parallel", &parallel, error))
        return false;
    if (max < 1 || max > 1000000 || parallel < 1 || parallel > 64)
        return complain(error, where, "needs max from 1 to 1000000 and parallel from 1 to 64");
    rule->max = (int)max;
    rule->parallel = (int)parallel;
    if (rule->models == NULL)
        rule->models = g_strdup("*");
    return true;
}

bool pbay_manifest_read_batch(PbayManifest *manifest, GError **error)
{
    json_object *batch = NULL;
    if (!pbay_jsonc_object(manifest->root, "", "batch", &batch, error))
        return false;
    if (batch == NULL)
        return true;
    json_object_object_foreach(batch, name, rules)
    {
        g_autofree char *where = g_strconcat("batch.", name, NULL);
        if (!json_object_is_type(rules, json_type_array))
            return complain(error, where, "must be an array of objects");
        int32_t kind = pbay_kind_parse(name);
        for (size_t i = 0; kind != 0 && i < json_object_array_length(rules); i++)
            if (!read_rule(manifest, kind, where, json_object_array_get_idx(rules, i), error))
                return false;
    }
    return true;
}

bool pbay_manifest_read_models(PbayManifest *manifest, GError **error)
{
    json_object *models = NULL;
    if (!pbay_jsonc_array(manifest->root, "", "models", &models, error))
        return false;
    size_t n = models != NULL ? json_object_array_length(models) : 0;
    for (size_t i = 0; i < n; i++) {
        json_object *json = json_object_array_get_idx(models, i);
        g_autofree char *id = NULL;
        if (!json_object_is_type(json, json_type_object))
            return complain(error, "models", "must be an array of objects");
        if (!pbay_jsonc_string(json, "models", "id", &id, error))
            return false;
        if (id == NULL || id[0] == '\0')
            return complain(error, "models", "needs an \"id\" in each of its objects");
        PbayModelInfo *model = g_new0(PbayModelInfo, 1);
        model->id = g_steal_pointer(&id);
        model->details = json;
        g_ptr_array_add(manifest->models, model);
    }
    return true;
}

static bool read_parameter(PbayParameter *parameter, const char *where, json_object *json,
                           GError **error)
{
    static const char *const fates[] = {"same", "renamed",   "emulated", "clamped",
                                        "hint", "essential", NULL};
    if (!json_object_is_type(json, json_type_object))
        return complain(error, where, "must be an object");
    if (!pbay_jsonc_string(json, where, "fate", &parameter->fate, error) ||
        !pbay_jsonc_string(json, where, "to", &parameter->to, error) ||
        !pbay_jsonc_string(json, where, "note", &parameter->note, error))
        return false;
    if (parameter->fate == NULL || !g_strv_contains(fates, parameter->fate))
        return complain(error, where,
                        "needs a fate: same, renamed, emulated, clamped, hint or essential");
    if (strcmp(parameter->fate, "renamed") == 0 && parameter->to == NULL)
        return complain(error, where, "is renamed and needs \"to\"");
    return true;
}

bool pbay_manifest_read_parameters(PbayManifest *manifest, GError **error)
{
    json_object *parameters = NULL;
    if (!pbay_jsonc_object(manifest->root, "", "parameters", &parameters, error))
        return false;
    if (parameters == NULL)
        return true;
    json_object_object_foreach(parameters, name, json)
    {
        g_autofree char *where = g_strconcat("parameters.", name, NULL);
        PbayParameter *parameter = g_new0(PbayParameter, 1);
        g_ptr_array_add(manifest->parameters, parameter);
        parameter->name = g_strdup(name);
        if (!read_parameter(parameter, where, json, error))
            return false;
    }
    return true;
}
