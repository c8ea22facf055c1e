/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay_request: the JSON of one request and its own settings. Owned by one thread at a time;
 * a call copies what it needs. */
#include "api/internal.h"

void pbay_api_free_wiped(gpointer text)
{
    if (text != NULL)
        pbay_wipe(text, strlen(text));
    g_free(text);
}

patchbay_request *patchbay_request_new(const char *kind, const char *json)
{
    int32_t number = kind != NULL ? pbay_kind_parse(kind) : PB_KIND_CHAT;
    patchbay_request *request;

    if (number == 0 || json == NULL)
        return NULL;
    request = g_new0(patchbay_request, 1);
    request->kind = number;
    request->retries = -1;
    request->json = g_strdup(json);
    request->headers = g_ptr_array_new_with_free_func(pbay_api_free_wiped);
    request->secrets = g_ptr_array_new_with_free_func((GDestroyNotify)pbay_secret_unref);
    return request;
}

patchbay_request *pbay_api_request_copy(const patchbay_request *request)
{
    patchbay_request *copy = g_new0(patchbay_request, 1);

    *copy = *request;
    copy->json = g_strdup(request->json);
    copy->model = g_strdup(request->model);
    copy->base_url = g_strdup(request->base_url);
    copy->api_key = request->api_key != NULL ? pbay_secret_ref(request->api_key) : NULL;
    copy->headers = g_ptr_array_new_with_free_func(pbay_api_free_wiped);
    copy->secrets = g_ptr_array_ref(request->secrets);
    for (guint i = 0; i < request->headers->len; i++)
        g_ptr_array_add(copy->headers, g_strdup(g_ptr_array_index(request->headers, i)));
    return copy;
}

void patchbay_request_free(patchbay_request *request)
{
    if (request == NULL)
        return;
    g_free(request->json);
    g_free(request->model);
    g_free(request->base_url);
    pbay_secret_unref(request->api_key);
    g_ptr_array_unref(request->headers);
    g_ptr_array_unref(request->secrets);
    g_free(request);
}

void patchbay_request_model(patchbay_request *request, const char *model)
{
    g_free(request->model);
    request->model = g_strdup(model);
}

void patchbay_request_api_key(patchbay_request *request, const char *key)
{
    pbay_secret_unref(request->api_key);
    request->api_key = key != NULL && key[0] != '\0' ? pbay_secret_new(pbay_str(key)) : NULL;
}

void patchbay_request_base_url(patchbay_request *request, const char *url)
{
    g_free(request->base_url);
    request->base_url = g_strdup(url);
}

void patchbay_request_timeout_ms(patchbay_request *request, int64_t ms)
{
    request->timeout_ms = MAX(ms, 0);
}

void patchbay_request_header(patchbay_request *request, const char *name, const char *value)
{
    g_ptr_array_add(request->headers, g_strdup(name));
    g_ptr_array_add(request->headers, g_strdup(value));
    if (pbay_header_is_secret(pbay_str(name)))
        g_ptr_array_add(request->secrets, pbay_secret_new(pbay_str(value)));
}

void patchbay_request_strict(patchbay_request *request, int strict)
{
    request->strict = strict != 0;
}

void patchbay_request_retries(patchbay_request *request, int retries)
{
    request->retries = MAX(retries, -1);
}

void patchbay_request_billed_probe(patchbay_request *request, int billed)
{
    request->billed_probe = billed != 0;
}

void patchbay_request_watch(patchbay_request *request, patchbay_watch_fn fn, void *user)
{
    request->watch = fn;
    request->watch_user = user;
}

void patchbay_request_record(patchbay_request *request, int record)
{
    request->record = record != 0;
}

int patchbay_request_drops(patchbay_request *request, const char *policy)
{
    static const struct {
        const char *name;
        PbayDrops drops;
    } policies[] = {
        {"warn", PBAY_DROPS_WARN}, {"drop", PBAY_DROPS_DROP}, {"error", PBAY_DROPS_ERROR}};

    for (size_t i = 0; i < G_N_ELEMENTS(policies); i++) {
        if (g_strcmp0(policies[i].name, policy) == 0) {
            request->drops = policies[i].drops;
            request->drops_set = true;
            return 0;
        }
    }
    return -1;
}
