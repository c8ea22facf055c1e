/* SPDX-License-Identifier: Apache-2.0 */
/* The services that init and provider_open may use, for tests below the exchange: report, a
 * fixed clock, the JSON accessors. Everything else is NULL: a call is a crash and a finding. */
#ifndef FAKE_CORE_API_H
#define FAKE_CORE_API_H

#include "base/str.h"
#include "drivers/drivers.h"
#include "json/reader.h"

static void core_api_report(pb_core *core, pb_provider *provider, const pb_error *error)
{
    (void)provider;
    g_free(core->reported);
    core->reported = pbay_str_dup(error->message);
}

static int64_t core_api_now_ms(pb_core *core)
{
    (void)core;
    return 1700000000000;
}

static const pb_core_api core_api = {
    .size = sizeof core_api,
    .abi_minor = PB_ABI_MINOR,
    .report = core_api_report,
    .now_ms = core_api_now_ms,
    .json_type = pbay_json_type,
    .json_len = pbay_json_len,
    .json_get = pbay_json_get,
    .json_at = pbay_json_at,
    .json_str = pbay_json_str,
    .json_int = pbay_json_int,
    .json_real = pbay_json_real,
    .json_bool = pbay_json_bool,
    .json_text = pbay_json_text,
};

#endif
