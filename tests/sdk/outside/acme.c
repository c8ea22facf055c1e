/* SPDX-License-Identifier: Apache-2.0 */
/* A vendor's driver in the smallest form that loads. It shows that header, lib and module are
 * enough; it answers nothing by itself. */
#include "lib/manifest.h"
#include "lib/str.h"
#include "lib/url.h"

#include <stdlib.h>

typedef struct Acme {
    const pb_core_api *api;
} Acme;

int acme_visible_if_the_module_forgets = 1;

static int32_t init(const pb_core_api *api, pb_core *core, void **drv)
{
    Acme *acme = malloc(sizeof *acme);
    (void)core;
    if (acme == NULL)
        return -1;
    acme->api = api;
    *drv = acme;
    return 0;
}

static int32_t provider_open(void *drv, pb_provider *provider, const pb_json *config, void **prov)
{
    (void)provider;
    (void)config;
    *prov = drv;
    return 0;
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const Acme *acme = prov;
    pbs_buf url;
    (void)state;
    pbs_buf_init(&url, 4096);
    if (!pbs_url_join(&url, PBS_STR("https://api.acme.example/"), PBS_STR("/v1/models/")) ||
        !pbs_url_encode(&url, request->model, NULL)) {
        pbs_buf_free(&url);
        return PB_FAIL;
    }
    acme->api->http_begin(x, PBS_STR("GET"), pbs_buf_str(&url), PB_HTTP_IDEMPOTENT);
    pbs_buf_free(&url);
    return PB_SEND;
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    (void)prov;
    (void)x;
    (void)state;
    (void)bytes;
    return PB_READ;
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)x;
    (void)state;
    return PB_DONE;
}

static void end(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)x;
    (void)state;
}

const void *patchbay_driver_get(const char *iface)
{
    static const char *const prefixes[] = {"acme", NULL};
    static const pb_driver driver = {.size = sizeof driver,
                                     .abi_minor = PB_ABI_MINOR,
                                     .kinds = PB_KIND_BIT(PB_KIND_PROBE),
                                     .id = "acme",
                                     .version = "1.0.0",
                                     .vendor = "Acme",
                                     .license = "MIT",
                                     .prefixes = prefixes,
                                     .manifest = patchbay_manifest,
                                     .init = init,
                                     .provider_open = provider_open,
                                     .begin = begin,
                                     .on_body = on_body,
                                     .on_end = on_end,
                                     .end = end};
    return pbs_is(pbs_str(iface), PB_DRIVER_IFACE) ? &driver : NULL;
}
