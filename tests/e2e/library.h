/* SPDX-License-Identifier: Apache-2.0 */
/* Calls through libpatchbay with a box's configuration, for what takes several calls of one
 * process. Include once a program; for the test's thread. */
#ifndef TESTS_E2E_LIBRARY_H
#define TESTS_E2E_LIBRARY_H

#include "e2e/command.h"

#include <patchbay/patchbay.h>

static inline patchbay *library_open(const Box *box)
{
    g_autofree char *drivers = g_build_filename(build_dir(), "drivers", NULL);
    patchbay_opts *opts = patchbay_opts_new();
    patchbay_error *error = NULL;
    patchbay *pb;

    patchbay_opts_conf_only(opts, box->conf);
    patchbay_opts_driver_dir(opts, drivers);
    pb = patchbay_open(opts, &error);
    patchbay_opts_free(opts);
    if (pb == NULL)
        g_error("%s", patchbay_error_message(error));
    return pb;
}

/* A chat that is answered; its answer holds that text. */
static inline void library_chat(patchbay *pb, const char *model, const char *says)
{
    g_autofree char *json = g_strdup_printf(
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}", model);
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run(pb, json, &error);

    if (result == NULL)
        g_error("%s", patchbay_error_message(error));
    assert_contains(patchbay_result_answer(result), says);
    patchbay_result_free(result);
}

#endif
