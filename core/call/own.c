/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the member `patchbay` of a request, and the older drop_params: read, checked and taken out
 * before a driver sees them. Pure; any thread. */
#include "call/own.h"

#include "base/str.h"
#include "base/text.h"
#include "call/rewrite.h"
#include "json/reader.h"

/* true: drop; false: refuse; or the policy's name. */
static PbayFailure *take_drops(PbayCallRequest *request, const pb_json *value, const char *param)
{
    pb_str name = pbay_json_str(value);
    if (pbay_json_type(value) == PB_JSON_BOOL)
        request->drops = pbay_json_bool(value, 0) != 0 ? PBAY_DROPS_DROP : PBAY_DROPS_ERROR;
    else if (pbay_str_is(name, "drop"))
        request->drops = PBAY_DROPS_DROP;
    else if (pbay_str_is(name, "warn"))
        request->drops = PBAY_DROPS_WARN;
    else if (pbay_str_is(name, "error"))
        request->drops = PBAY_DROPS_ERROR;
    else
        return pbay_call_invalid(param, "%s must be true, false, \"drop\", \"warn\" or \"error\"",
                                 param);
    request->drops_set = true;
    return NULL;
}

static PbayFailure *take_labels(PbayCallRequest *request, const pb_json *value)
{
    if (pbay_json_type(value) != PB_JSON_OBJECT)
        return pbay_call_invalid("patchbay.labels", "patchbay.labels must be an object, not %s",
                                 pbay_call_type_name(value));
    pb_str key;
    for (const pb_json *label = pbay_json_first(value, &key); label != NULL;
         label = pbay_json_next(label, &key)) {
        int32_t type = pbay_json_type(label);
        if (type == PB_JSON_OBJECT || type == PB_JSON_ARRAY)
            return pbay_call_invalid("patchbay.labels",
                                     "patchbay.labels.%.*s must be a text, a number or a boolean",
                                     (int)MIN(key.len, 100), key.ptr);
    }
    request->labels = value;
    return NULL;
}

static PbayFailure *take_fallbacks(PbayCallRequest *request, const pb_json *value)
{
    GPtrArray *names = g_ptr_array_new_null_terminated(4, g_free, TRUE);
    bool sound = pbay_json_type(value) == PB_JSON_ARRAY;
    for (const pb_json *name = pbay_json_first(value, NULL); sound && name != NULL;
         name = pbay_json_next(name, NULL)) {
        pb_str text = pbay_json_str(name);
        sound = text.len != 0 && memchr(text.ptr, '\0', text.len) == NULL;
        g_ptr_array_add(names, pbay_str_dup(text));
    }
    request->fallbacks = (char **)g_ptr_array_free(names, FALSE);
    return sound ? NULL
                 : pbay_call_invalid("patchbay.fallbacks",
                                     "patchbay.fallbacks must be an array of model names");
}

/* A number or a text: money is exact, so the digits count as they are written. */
static PbayFailure *take_max_cost(PbayCallRequest *request, const pb_json *value)
{
    bool text = pbay_json_type(value) == PB_JSON_STRING;
    g_autofree char *digits = pbay_str_dup(text ? pbay_json_str(value) : pbay_json_text(value));
    request->has_max_cost = pbay_money_parse(digits, &request->max_cost);
    return request->has_max_cost
               ? NULL
               : pbay_call_invalid("patchbay.max_cost", "patchbay.max_cost must be an amount of US "
                                                        "dollars, such as \"0.005\"");
}

static PbayFailure *take_prefer(PbayCallRequest *request, const pb_json *value)
{
    static const char *const names[] = {"cheap", "balanced", "expensive"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (pbay_str_is(pbay_json_str(value), names[i])) {
            request->has_prefer = true;
            request->prefer = (PbayPrefer)i;
            return NULL;
        }
    return pbay_call_invalid("patchbay.prefer",
                             "patchbay.prefer must be \"cheap\", \"balanced\" or \"expensive\"");
}

static PbayFailure *take_timeout(PbayCallRequest *request, const pb_json *value)
{
    int64_t ms = pbay_json_int(value, 0);
    if (pbay_json_type(value) != PB_JSON_INT || ms < 1 || ms > INT64_C(30) * 24 * 3600 * 1000)
        return pbay_call_invalid("patchbay.timeout_ms",
                                 "patchbay.timeout_ms must be a whole number of milliseconds "
                                 "from 1 to 30 days");
    request->timeout_ms = ms;
    return NULL;
}

static PbayFailure *take_own_drops(PbayCallRequest *request, const pb_json *value)
{
    return take_drops(request, value, "patchbay.drop_params");
}

static PbayFailure *take_own_member(PbayCallRequest *request, const char *key, const pb_json *value)
{
    static const struct {
        const char *name;
        PbayFailure *(*take)(PbayCallRequest *request, const pb_json *value);
    } members[] = {{"drop_params", take_own_drops}, {"labels", take_labels},
                   {"timeout_ms", take_timeout},    {"max_cost", take_max_cost},
                   {"prefer", take_prefer},         {"fallbacks", take_fallbacks}};
    const char *known[G_N_ELEMENTS(members) + 1] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        if (g_strcmp0(key, members[i].name) == 0)
            return members[i].take(request, value);
        known[i] = members[i].name;
    }
    const char *near = pbay_text_nearest(key, known);
    return pbay_call_invalid("patchbay",
                             "patchbay.%s is not known%s%s%s; known are drop_params, labels, "
                             "timeout_ms, max_cost, prefer and fallbacks",
                             key, near != NULL ? " (did you mean " : "", near != NULL ? near : "",
                             near != NULL ? "?)" : "");
}

PbayFailure *pbay_call_take_own(PbayArena *arena, PbayCallRequest *request)
{
    PbayFailure *failure = NULL;
    const pb_json *drops = pbay_json_get(request->root, PBAY_STR("drop_params"));
    const pb_json *own = pbay_json_get(request->root, PBAY_STR("patchbay"));
    int32_t type = pbay_json_type(own);
    if (pbay_json_type(drops) != PB_JSON_NULL)
        failure = take_drops(request, drops, "drop_params");
    if (failure == NULL && type != PB_JSON_NULL && type != PB_JSON_OBJECT)
        failure = pbay_call_invalid("patchbay", "patchbay must be an object, not %s",
                                    pbay_call_type_name(own));
    pb_str key;
    for (const pb_json *value = pbay_json_first(own, &key); value != NULL && failure == NULL;
         value = pbay_json_next(value, &key)) {
        g_autofree char *name = pbay_str_dup(key);
        if (pbay_json_type(value) != PB_JSON_NULL)
            failure = take_own_member(request, name, value);
    }
    if (failure == NULL && drops != NULL)
        pbay_call_set_member(arena, &request->root, "drop_params", (pb_str){NULL, 0});
    if (failure == NULL && own != NULL)
        pbay_call_set_member(arena, &request->root, "patchbay", (pb_str){NULL, 0});
    return failure;
}

void pbay_call_request_clear(PbayCallRequest *request)
{
    g_clear_pointer(&request->fallbacks, g_strfreev);
}
