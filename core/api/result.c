/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay_result: how a call ended, copied out of the call so that it may outlive it.
 * Immutable; any thread. */
#include "api/internal.h"

patchbay_result *pbay_api_result_new(const PbayOutcome *outcome)
{
    patchbay_result *result = g_new0(patchbay_result, 1);

    atomic_init(&result->refs, 1);
    if (outcome->failure != NULL)
        result->error = pbay_api_error_new(pbay_failure_ref((PbayFailure *)outcome->failure));
    result->answer = pbay_str_dup(outcome->answer);
    result->report = pbay_str_dup(outcome->report);
    if (outcome->recording.len != 0)
        result->recording = pbay_str_dup(outcome->recording);
    result->unrecorded = g_strdup(outcome->unrecorded);
    if (outcome->bytes.len != 0) {
        result->bytes = g_bytes_new(outcome->bytes.ptr, outcome->bytes.len);
        result->media_type = pbay_str_dup(outcome->media_type);
    }
    return result;
}

patchbay_result *patchbay_result_ref(const patchbay_result *result)
{
    patchbay_result *same = (patchbay_result *)result;

    atomic_fetch_add_explicit(&same->refs, 1, memory_order_relaxed);
    return same;
}

void patchbay_result_free(patchbay_result *result)
{
    if (result == NULL || atomic_fetch_sub_explicit(&result->refs, 1, memory_order_acq_rel) != 1)
        return;
    patchbay_error_free(result->error);
    g_free(result->answer);
    g_free(result->report);
    g_free(result->media_type);
    g_free(result->recording);
    g_free(result->unrecorded);
    g_clear_pointer(&result->bytes, g_bytes_unref);
    g_free(result);
}

const patchbay_error *patchbay_result_error(const patchbay_result *result)
{
    return result->error;
}

const char *patchbay_result_answer(const patchbay_result *result)
{
    return result->answer;
}

const void *patchbay_result_bytes(const patchbay_result *result, size_t *len,
                                  const char **media_type)
{
    gsize size = 0;
    const void *bytes = result->bytes != NULL ? g_bytes_get_data(result->bytes, &size) : NULL;

    if (len != NULL)
        *len = size;
    if (media_type != NULL)
        *media_type = result->media_type;
    return bytes;
}

const char *patchbay_result_recording(const patchbay_result *result, const char **why)
{
    if (why != NULL)
        *why = result->unrecorded;
    return result->recording;
}

const char *patchbay_result_report(const patchbay_result *result)
{
    return result->report;
}
