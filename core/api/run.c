/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that wait: run, stream, explain. Each submits and waits for the end, on any thread
 * but the one that runs callbacks, where it would wait for itself. */
#include "api/internal.h"

#include "json/reader.h"
#include "json/writer.h"

/* The JSON with "stream" as asked; a text that is no object stays, for the call to refuse. */
static char *with_stream(const char *json, bool stream)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *value = pbay_json_parse(arena, pbay_str(json), NULL, 0, NULL);
    GString *out;

    if (pbay_json_type(value) != PB_JSON_OBJECT)
        return g_strdup(json);
    if ((pbay_json_bool(pbay_json_get(value, PBAY_STR("stream")), 0) != 0) == stream)
        return g_strdup(json);
    out = g_string_new(NULL);
    pbay_json_patch(out, value, PBAY_STR("stream"), stream ? PBAY_STR("true") : (pb_str){NULL, 0});
    return g_string_free(out, FALSE);
}

static bool may_wait(const patchbay *pb, const char *function, patchbay_error **error)
{
    if (!pbay_api_in_callback(pb))
        return true;
    pbay_api_error_set(error, pbay_api_error_new(pbay_failure_new(
                                  PB_ERR_INVALID,
                                  "%s was called from a callback, where it would wait for itself; "
                                  "use patchbay_submit there, or another thread",
                                  function)));
    return false;
}

patchbay_result *pbay_api_finish(patchbay_call *call, patchbay_error **error)
{
    const patchbay_result *ended = pbay_api_call_result(call);
    patchbay_result *result = NULL;

    if (ended == NULL)
        pbay_api_error_set(error, pbay_api_error_new(pbay_failure_new(
                                      PB_ERR_INTERNAL, "the event loop failed under a call; was "
                                                       "one of its descriptors closed?")));
    else if (ended->error == NULL)
        result = patchbay_result_ref(ended);
    else
        pbay_api_error_set(error, pbay_api_error_copy(ended->error));
    patchbay_call_free(call);
    return result;
}

/* Submits with "stream" forced, waits, gives the result. */
static patchbay_result *run_to_end(patchbay *pb, const patchbay_request *request, bool stream,
                                   patchbay_chunk_fn chunk, void *user, patchbay_error **error)
{
    patchbay_request *fixed;
    patchbay_call *call;

    if (request == NULL) {
        pbay_api_error_set(error, pbay_api_no_request());
        return NULL;
    }
    fixed = pbay_api_request_copy(request);
    g_free(fixed->json);
    fixed->json = with_stream(request->json, stream);
    call = pbay_api_submit(pb, fixed, false, chunk, NULL, user, error);
    patchbay_request_free(fixed);
    return call != NULL ? pbay_api_finish(call, error) : NULL;
}

patchbay_result *patchbay_run_request(patchbay *pb, const patchbay_request *request,
                                      patchbay_error **error)
{
    if (!may_wait(pb, "patchbay_run", error))
        return NULL;
    return run_to_end(pb, request, false, NULL, NULL, error);
}

patchbay_result *patchbay_stream(patchbay *pb, const patchbay_request *request,
                                 patchbay_chunk_fn chunk, void *user, patchbay_error **error)
{
    if (!may_wait(pb, "patchbay_stream", error))
        return NULL;
    return run_to_end(pb, request, true, chunk, user, error);
}

patchbay_result *patchbay_run(patchbay *pb, const char *chat_json, patchbay_error **error)
{
    patchbay_request *request = patchbay_request_new(NULL, chat_json);
    patchbay_result *result = patchbay_run_request(pb, request, error);

    patchbay_request_free(request);
    return result;
}

char *patchbay_explain(patchbay *pb, const patchbay_request *request, patchbay_error **error)
{
    patchbay_call *call;
    patchbay_result *result;
    char *text;

    if (!may_wait(pb, "patchbay_explain", error))
        return NULL;
    call = pbay_api_submit(pb, request, true, NULL, NULL, NULL, error);
    result = call != NULL ? pbay_api_finish(call, error) : NULL;
    text = result != NULL ? g_strdup(result->answer) : NULL;
    patchbay_result_free(result);
    return text;
}
