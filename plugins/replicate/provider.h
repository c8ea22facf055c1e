/* SPDX-License-Identifier: Apache-2.0 */
/* The ops that open and close a provider. On the core's configuration thread. */
#ifndef REPLICATE_PROVIDER_H
#define REPLICATE_PROVIDER_H

#include <patchbay/driver.h>

int32_t replicate_provider_open(void *drv, pb_provider *handle, const pb_json *config, void **prov);
void replicate_provider_close(void *prov);

#endif
