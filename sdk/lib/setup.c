/* SPDX-License-Identifier: MIT */
/* Owns what a driver keeps of the core and copies of text from its options. It runs in init and
 * provider_open, on whichever thread the core configures; it must not be used in an exchange,
 * where alloc() gives memory that goes by itself. */
#include "lib/setup.h"

#include "lib/str.h"

#include <stdlib.h>

int32_t pbs_init(const pb_core_api *api, pb_core *core, void **drv)
{
    pbs_driver *driver = malloc(sizeof *driver);
    if (driver == NULL)
        return -1;
    *driver = (pbs_driver){api, core};
    *drv = driver;
    return 0;
}

char *pbs_dup(pb_str s)
{
    char *text = malloc(s.len + 1);
    if (text == NULL)
        return NULL;
    if (s.len > 0)
        memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return text;
}

char *pbs_option_dup(const pbs_driver *driver, const pb_json *config, const char *name)
{
    return pbs_dup(driver->api->json_str(driver->api->json_get(config, pbs_str(name))));
}
