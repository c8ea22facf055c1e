/* SPDX-License-Identifier: Apache-2.0 */
/* The row of the openai driver: the strict server of vendor_openai.c. Static data. */
#include "stub/vendor_row.h"

static Vendor *start(void)
{
    return vendor_openai_new("sk-right-key-0001");
}

static const VendorRow rows[] = {
    {.name = "openai",
     .start = start,
     .conf = "[provider openai]\n"
             "base-url = @URL@/v1\n"
             "api-key = sk-right-key-0001\n",
     .wrong_conf = "[provider openai]\n"
                   "base-url = @URL@/v1\n"
                   "api-key = sk-a-wrong-key-77\n",
     .model = "openai/parrot",
     .tool_model = "openai/tools"},
};

const VendorRow *vendor_rows_openai(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
