/* SPDX-License-Identifier: Apache-2.0 */
/* The row of the ollama driver: the strict server of vendor_ollama.c. Static data. */
#include "stub/vendor_row.h"

static Vendor *start(void)
{
    return vendor_ollama_new(NULL);
}

static const VendorRow rows[] = {
    {.name = "ollama",
     .start = start,
     .conf = "[provider ollama]\n"
             "base-url = @URL@\n",
     .wrong_conf = NULL,
     .model = "ollama/parrot",
     .tool_model = "ollama/tools"},
};

const VendorRow *vendor_rows_ollama(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
