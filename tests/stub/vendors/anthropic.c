/* SPDX-License-Identifier: Apache-2.0 */
/* The row of the anthropic driver: the strict server of vendor_anthropic.c. Static data. */
#include "stub/vendor_row.h"

static Vendor *start(void)
{
    return vendor_anthropic_new("sk-ant-right-0001");
}

static const VendorRow rows[] = {
    {.name = "anthropic",
     .start = start,
     .conf = "[provider anthropic]\n"
             "base-url = @URL@\n"
             "api-key = sk-ant-right-0001\n",
     .wrong_conf = "[provider anthropic]\n"
                   "base-url = @URL@\n"
                   "api-key = sk-a-wrong-key-77\n",
     .model = "anthropic/parrot",
     .tool_model = "anthropic/tools"},
};

const VendorRow *vendor_rows_anthropic(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
