/* SPDX-License-Identifier: Apache-2.0 */
/* driver.h alone, first, as C11 and as C++17, without one warning; and what a driver writes with
 * it. */
#include <patchbay/driver.h>

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    (void)prov;
    (void)x;
    (void)state;
    return bytes.len > 0 ? PB_READ : PB_FAIL;
}

static const char *const prefixes[] = {"sample", NULL};

static int32_t init(const pb_core_api *api, pb_core *core, void **drv)
{
    static pb_event event;
    event.size = sizeof event;
    event.kind = PB_EV_TEXT;
    (void)core;
    *drv = NULL;
    return PB_HAS(api, alloc) && event.kind == PB_EV_TEXT ? 0 : 1;
}

const void *patchbay_driver_get(const char *iface)
{
    static pb_driver driver;
    (void)iface;
    driver.size = sizeof driver;
    driver.abi_minor = PB_ABI_MINOR;
    driver.kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_PROBE);
    driver.prefixes = prefixes;
    driver.init = init;
    driver.on_body = on_body;
    return &driver;
}
