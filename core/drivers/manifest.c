/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest as a whole: parsing, lookup, freeing. The parts are read in manifest_settings.c
 * (what a person may set) and manifest_facts.c (what the driver knows of its vendor). [main]
 * while parsing; afterwards any thread may read it. It judges form only: whether a value is
 * present is the snapshot's business. */
#include "drivers/manifest.h"

#include "base/error.h"
#include "drivers/jsonc.h"
#include "drivers/manifest_parts.h"

#include <patchbay/driver.h>
#include <string.h>

static void option_free(gpointer data)
{
    PbayOption *option = data;
    g_free(option->name);
    g_strfreev(option->env);
    g_free(option->value);
    g_free(option->help);
    g_strfreev(option->values);
    g_free(option);
}

static void secret_free(gpointer data)
{
    PbaySecretSpec *secret = data;
    g_free(secret->name);
    g_strfreev(secret->env);
    g_strfreev(secret->files);
    g_free(secret->help);
    g_free(secret);
}

static void batch_free(gpointer data)
{
    PbayBatchRule *rule = data;
    g_free(rule->models);
    g_free(rule->origin);
    g_free(rule);
}

static void model_free(gpointer data)
{
    PbayModelInfo *model = data;
    g_free(model->id);
    g_free(model);
}

static void parameter_free(gpointer data)
{
    PbayParameter *parameter = data;
    g_free(parameter->name);
    g_free(parameter->fate);
    g_free(parameter->to);
    g_free(parameter->note);
    g_free(parameter);
}

static void offer_free(gpointer data)
{
    PbayOffer *offer = data;
    g_strfreev(offer->features);
    g_free(offer);
}

static PbayManifest *manifest_new(void)
{
    PbayManifest *manifest = g_new0(PbayManifest, 1);
    manifest->options = g_ptr_array_new_with_free_func(option_free);
    manifest->secrets = g_ptr_array_new_with_free_func(secret_free);
    manifest->require = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    manifest->origins = g_new0(char *, 1);
    manifest->batch = g_ptr_array_new_with_free_func(batch_free);
    manifest->inline_parts = g_new0(char *, 1);
    manifest->models = g_ptr_array_new_with_free_func(model_free);
    manifest->parameters = g_ptr_array_new_with_free_func(parameter_free);
    manifest->offers = g_ptr_array_new_with_free_func(offer_free);
    return manifest;
}

void pbay_manifest_free(PbayManifest *manifest)
{
    if (manifest == NULL)
        return;
    g_free(manifest->text);
    g_ptr_array_unref(manifest->options);
    g_ptr_array_unref(manifest->secrets);
    g_ptr_array_unref(manifest->require);
    g_strfreev(manifest->origins);
    g_ptr_array_unref(manifest->batch);
    g_strfreev(manifest->inline_parts);
    g_ptr_array_unref(manifest->models);
    g_ptr_array_unref(manifest->parameters);
    g_ptr_array_unref(manifest->offers);
    g_free(manifest->default_model);
    g_strfreev(manifest->not_isolated);
    g_free(manifest->note);
    json_object_put(manifest->root);
    g_free(manifest);
}

static bool read_all(PbayManifest *manifest, GError **error)
{
    json_object *root = manifest->root;
    return pbay_manifest_read_options(manifest, error) &&
           pbay_manifest_read_secrets(manifest, error) &&
           pbay_manifest_read_require(manifest, error) &&
           pbay_jsonc_strv(root, "", "origins", &manifest->origins, error) &&
           pbay_manifest_read_batch(manifest, error) &&
           pbay_jsonc_strv(root, "", "inline", &manifest->inline_parts, error) &&
           pbay_manifest_read_models(manifest, error) &&
           pbay_manifest_read_parameters(manifest, error) &&
           pbay_manifest_read_offers(manifest, error) &&
           pbay_jsonc_string(root, "", "default-model", &manifest->default_model, error) &&
           pbay_jsonc_strv(root, "", "declares", &manifest->not_isolated, error) &&
           pbay_jsonc_string(root, "", "note", &manifest->note, error) &&
           pbay_jsonc_int(root, "", "priority", &manifest->priority, error);
}

PbayManifest *pbay_manifest_parse(const char *text, GError **error)
{
    g_autoptr(PbayManifest) manifest = manifest_new();
    g_autoptr(GError) problem = NULL;
    bool empty = text == NULL || text[0] == '\0';
    manifest->text = g_strdup(empty ? "{}" : text);
    manifest->root = pbay_jsonc_parse(manifest->text, &problem);
    if (problem == NULL && !json_object_is_type(manifest->root, json_type_object))
        g_set_error(&problem, PBAY_ERROR, PB_ERR_CONFIG, "must be an object");
    if (problem == NULL && read_all(manifest, &problem))
        return g_steal_pointer(&manifest);
    g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "manifest: %s", problem->message);
    return NULL;
}

const PbayOption *pbay_manifest_option(const PbayManifest *manifest, const char *name)
{
    for (guint i = 0; i < manifest->options->len; i++) {
        const PbayOption *option = g_ptr_array_index(manifest->options, i);
        if (strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}

const PbaySecretSpec *pbay_manifest_secret(const PbayManifest *manifest, const char *name)
{
    for (guint i = 0; i < manifest->secrets->len; i++) {
        const PbaySecretSpec *secret = g_ptr_array_index(manifest->secrets, i);
        if (strcmp(secret->name, name) == 0)
            return secret;
    }
    return NULL;
}
