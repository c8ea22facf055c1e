/* SPDX-License-Identifier: Apache-2.0 */
/* The row of the mock driver, which needs no server: it answers by itself. Static data. */
#include "stub/vendor_row.h"

static const VendorRow rows[] = {
    {.name = "mock",
     .start = NULL,
     .conf = "[provider mock]\n"
             "text = You said: {input}\n"
             "tool-arguments = {\"city\":\"Oslo\"}\n",
     .wrong_conf = NULL,
     .model = "mock/text",
     .tool_model = "mock/tool"},
    {.name = "mock-second",
     .start = NULL,
     .conf = "[provider double]\n"
             "driver = mock\n"
             "models = gpt-4o\n"
             "text = You said: {input}\n"
             "tool-arguments = {\"city\":\"Oslo\"}\n"
             "delay = 100ms\n",
     .wrong_conf = NULL,
     .model = "double/gpt-4o",
     .tool_model = "double/tool"},
};

const VendorRow *vendor_rows_mock(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
