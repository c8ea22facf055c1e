/* SPDX-License-Identifier: Apache-2.0 */
/* Owns which attempt is recorded: each gets its own recorder, and the last one that ended with
 * something to show gives the call's recording. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"

PbayRecorder *pbay_call_new_recorder(const PbayCall *call, const PbayStep *step,
                                     PbayFailure **unfit)
{
    PbayProvider *provider = step->target->provider;
    const PbayExchangeSpec parts = {.provider = provider,
                                    .kind = call->kind,
                                    .model = pbay_str(step->target->model),
                                    .body = pbay_str_of(call->body)};
    const PbayRecordSpec spec = {
        .provider = provider,
        .kind = call->kind,
        .stream = call->request.stream,
        .model = parts.model,
        .body = parts.body,
        .api_key = call->api_key,
        .headers = (const PbayHttpHeader *)(const void *)call->headers->data,
        .n_headers = call->headers->len,
        .now_ms = g_get_real_time() / 1000,
    };
    g_autofree char *why = NULL;
    PbayRecorder *recorder = NULL;
    if (pbay_batch_count(&parts) > 1)
        why = g_strdup("its input goes in several requests at a time; give it fewer inputs");
    else
        recorder = pbay_recorder_new(&spec, &why);
    if (recorder != NULL)
        return recorder;
    *unfit = pbay_failure_new(PB_ERR_UNSUPPORTED, "this call of provider %s cannot be recorded: %s",
                              provider->name, why);
    pbay_failure_set_code(*unfit, PBAY_UNRECORDABLE);
    return NULL;
}

void pbay_call_drop_recording(PbayCall *call, const char *why)
{
    if (call->recording != NULL)
        g_string_free(g_steal_pointer(&call->recording), TRUE);
    g_free(call->unrecorded);
    call->unrecorded = g_strdup(why);
}

void pbay_call_end_recording(PbayCall *call, PbayAttempt *attempt, bool judged)
{
    if (attempt->recorder == NULL || attempt->lost)
        return;
    pbay_call_drop_recording(call, NULL);
    call->recording = g_string_new(NULL);
    if (!pbay_recorder_finish(attempt->recorder, attempt->failure, judged, call->recording,
                              &call->unrecorded)) {
        g_string_free(call->recording, TRUE);
        call->recording = NULL;
    }
    g_clear_pointer(&attempt->recorder, pbay_recorder_free);
}
