/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest third-party driver: it answers from begin, without any request, with the word it was
 * configured with. It is dropped into the folder of an installed Patchbay. */
#include "lib/manifest.h"

#include <patchbay/driver.h>
#include <stdlib.h>
#include <string.h>

typedef struct Parrot {
    const pb_core_api *api;
    size_t len;
    char word[64];
} Parrot;

static const pb_core_api *core_api(void *drv)
{
    return ((Parrot *)drv)->api;
}

static int32_t init(const pb_core_api *api, pb_core *core, void **drv)
{
    Parrot *parrot = calloc(1, sizeof *parrot);
    (void)core;
    if (parrot == NULL)
        return -1;
    parrot->api = api;
    *drv = parrot;
    return 0;
}

static int32_t provider_open(void *drv, pb_provider *provider, const pb_json *config, void **prov)
{
    const pb_core_api *api = core_api(drv);
    pb_str word = api->json_str(api->json_get(config, (pb_str){"word", 4}));
    Parrot *parrot = calloc(1, sizeof *parrot);
    (void)provider;
    if (parrot == NULL || word.len >= sizeof parrot->word) {
        free(parrot);
        return -1;
    }
    parrot->api = api;
    parrot->len = word.len;
    memcpy(parrot->word, word.ptr, word.len);
    *prov = parrot;
    return 0;
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const Parrot *parrot = prov;
    pb_event event = {.size = sizeof event, .kind = PB_EV_TEXT};
    (void)request;
    (void)state;
    event.text = (pb_str){parrot->word, parrot->len};
    parrot->api->emit(x, &event);
    event = (pb_event){.size = sizeof event, .kind = PB_EV_FINISH, .text = {"stop", 4}};
    parrot->api->emit(x, &event);
    return PB_DONE;
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    (void)prov;
    (void)x;
    (void)state;
    (void)bytes;
    return PB_FAIL;
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)x;
    (void)state;
    return PB_FAIL;
}

static void end(void *prov, pb_xchg *x, void *state)
{
    (void)prov;
    (void)x;
    (void)state;
}

static const char *const prefixes[] = {"parrot", NULL};
static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT),
    .id = "parrot",
    .version = "0.3.0",
    .vendor = "somebody else",
    .license = "Apache-2.0",
    .prefixes = prefixes,
    .manifest = patchbay_manifest,
    .init = init,
    .provider_open = provider_open,
    .provider_close = free,
    .begin = begin,
    .on_body = on_body,
    .on_end = on_end,
    .end = end,
};

const void *patchbay_driver_get(const char *iface)
{
    return strcmp(iface, PB_DRIVER_IFACE) == 0 ? &driver : NULL;
}
