/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the layout of the driver ABI: size of every type, offset and size of every field, value
 * of every constant. A line may be added when the ABI grows; one that changes breaks every
 * driver ever built. The list is kept beside the header by check.cmake, which fails when a name
 * of driver.h is missing here. */
#include <patchbay/driver.h>
#include <stdio.h>

/* Frozen or sized types must end with their last field: padding there would become part of what
 * `size` promises, and differ between compilers. */
#define NO_TAIL(type, last)                                                                        \
    _Static_assert(sizeof(type) == offsetof(type, last) + sizeof(((type *)0)->last),               \
                   #type " has padding behind " #last)
NO_TAIL(pb_str, len);
NO_TAIL(pb_request, deadline_ms);
NO_TAIL(pb_event, vector_len);
NO_TAIL(pb_error, param);
NO_TAIL(pb_core_api, alloc);
NO_TAIL(pb_driver, extension);
NO_TAIL(pb_execute, run);
_Static_assert(sizeof(pb_next) == 4 && (pb_next)-1 < 0, "enums cross as int32_t");
_Static_assert(sizeof(pb_kind) == 4 && (pb_kind)-1 < 0, "enums cross as int32_t");

#define T(type) printf("type %s size %zu\n", #type, sizeof(type))
#define F(type, field)                                                                             \
    printf("field %s.%s offset %zu size %zu\n", #type, #field, offsetof(type, field),              \
           sizeof(((type *)0)->field))
#define C(name) printf("const %s %lld\n", #name, (long long)(name))
#define S(name) printf("text %s \"%s\"\n", #name, name)

static void constants(void)
{
    S(PB_DRIVER_IFACE), S(PB_EXECUTE_IFACE);
    printf("const PB_KIND_BIT(1) %lld\n", (long long)PB_KIND_BIT(1));
    C(PB_FAIL), C(PB_READ), C(PB_SEND), C(PB_WAIT), C(PB_NEED_CREDENTIAL), C(PB_DONE);
    C(PB_KIND_CHAT), C(PB_KIND_COMPLETION), C(PB_KIND_EMBEDDING), C(PB_KIND_RERANK);
    C(PB_KIND_IMAGE), C(PB_KIND_SPEECH), C(PB_KIND_TRANSCRIPTION), C(PB_KIND_MODERATION);
    C(PB_KIND_COUNT_TOKENS), C(PB_KIND_MODELS), C(PB_KIND_CREDENTIAL), C(PB_KIND_PROBE);
    C(PB_LOG_DEBUG), C(PB_LOG_INFO), C(PB_LOG_WARN), C(PB_LOG_ERROR);
    C(PB_JSON_NULL), C(PB_JSON_BOOL), C(PB_JSON_INT), C(PB_JSON_REAL), C(PB_JSON_STRING);
    C(PB_JSON_ARRAY), C(PB_JSON_OBJECT), C(PB_JSON_KEEP);
    C(PB_HTTP_STREAM), C(PB_HTTP_IDEMPOTENT), C(PB_HTTP_FOREIGN), C(PB_REQ_STREAM);
    C(PB_CRED_PUBLIC), C(PB_DRIVER_ISOLATE), C(PB_DRIVER_EXECUTE);
    C(PB_CANCEL_CLIENT), C(PB_CANCEL_DEADLINE), C(PB_CANCEL_SHUTDOWN);
    C(PB_EV_TEXT), C(PB_EV_REASONING), C(PB_EV_REFUSAL), C(PB_EV_USAGE), C(PB_EV_TOOL_CALL);
    C(PB_EV_FINISH), C(PB_EV_META), C(PB_EV_EXTRA), C(PB_EV_VECTOR), C(PB_EV_MODEL);
    C(PB_EV_JSON), C(PB_EV_BYTES), C(PB_EV_CUSTOM_CALL);
    C(PB_AT_MESSAGE), C(PB_AT_CHOICE), C(PB_AT_TOOL_CALL), C(PB_AT_USAGE), C(PB_AT_TOP);
    C(PB_USAGE_IN), C(PB_USAGE_OUT), C(PB_USAGE_CACHED), C(PB_USAGE_WRITE), C(PB_USAGE_REASON);
    C(PB_ERR_INTERNAL), C(PB_ERR_CONFIG), C(PB_ERR_UNSUPPORTED), C(PB_ERR_INVALID);
    C(PB_ERR_AUTH), C(PB_ERR_FORBIDDEN), C(PB_ERR_NOT_FOUND), C(PB_ERR_CONTEXT_LENGTH);
    C(PB_ERR_CONTENT_POLICY), C(PB_ERR_RATE_LIMIT), C(PB_ERR_QUOTA), C(PB_ERR_OVERLOADED);
    C(PB_ERR_TIMEOUT), C(PB_ERR_UPSTREAM), C(PB_ERR_PROTOCOL);
    C(PB_NOTE_DROPPED), C(PB_NOTE_CLAMPED), C(PB_NOTE_EMULATED), C(PB_NOTE_UNMET);
}

static void records(void)
{
    T(pb_next), T(pb_kind), T(pb_str), F(pb_str, ptr), F(pb_str, len);
    T(pb_request), F(pb_request, size), F(pb_request, flags), F(pb_request, kind);
    F(pb_request, reserved), F(pb_request, prefix), F(pb_request, model), F(pb_request, body);
    F(pb_request, deadline_ms);
    T(pb_event), F(pb_event, size), F(pb_event, kind), F(pb_event, choice), F(pb_event, index);
    F(pb_event, at), F(pb_event, known), F(pb_event, text), F(pb_event, id), F(pb_event, name);
    F(pb_event, tokens_in), F(pb_event, tokens_out), F(pb_event, tokens_cached);
    F(pb_event, tokens_cache_write), F(pb_event, tokens_reasoning), F(pb_event, vector);
    F(pb_event, vector_len);
    T(pb_error), F(pb_error, size), F(pb_error, cls), F(pb_error, http_status);
    F(pb_error, retry), F(pb_error, retry_after_ms), F(pb_error, code), F(pb_error, message);
    F(pb_error, param);
    T(pb_execute), F(pb_execute, size), F(pb_execute, parallel), F(pb_execute, run);
}

static void services(void)
{
    T(pb_core_api), F(pb_core_api, size), F(pb_core_api, abi_minor), F(pb_core_api, log);
    F(pb_core_api, report), F(pb_core_api, now_ms), F(pb_core_api, random);
    F(pb_core_api, extension), F(pb_core_api, sha256), F(pb_core_api, hmac_sha256);
    F(pb_core_api, json_parse), F(pb_core_api, json_type), F(pb_core_api, json_len);
    F(pb_core_api, json_get), F(pb_core_api, json_at), F(pb_core_api, json_str);
    F(pb_core_api, json_int), F(pb_core_api, json_real), F(pb_core_api, json_bool);
    F(pb_core_api, json_floats), F(pb_core_api, json_text), F(pb_core_api, http_begin);
    F(pb_core_api, http_header), F(pb_core_api, http_body), F(pb_core_api, w_open);
    F(pb_core_api, w_close), F(pb_core_api, w_key), F(pb_core_api, w_str);
    F(pb_core_api, w_int), F(pb_core_api, w_real), F(pb_core_api, w_bool);
    F(pb_core_api, w_value), F(pb_core_api, w_begin), F(pb_core_api, w_end);
    F(pb_core_api, http_view), F(pb_core_api, http_header_at);
    F(pb_core_api, http_reply_header), F(pb_core_api, http_collect), F(pb_core_api, secret);
    F(pb_core_api, credential), F(pb_core_api, credential_need);
    F(pb_core_api, credential_put), F(pb_core_api, credential_drop), F(pb_core_api, emit);
    F(pb_core_api, note), F(pb_core_api, fail), F(pb_core_api, wait), F(pb_core_api, alloc);
}

static void driver(void)
{
    T(pb_driver), F(pb_driver, size), F(pb_driver, abi_minor), F(pb_driver, core_minor_min);
    F(pb_driver, flags), F(pb_driver, kinds), F(pb_driver, id), F(pb_driver, version);
    F(pb_driver, vendor), F(pb_driver, license), F(pb_driver, prefixes);
    F(pb_driver, manifest), F(pb_driver, init), F(pb_driver, provider_open);
    F(pb_driver, provider_close), F(pb_driver, begin), F(pb_driver, sign);
    F(pb_driver, on_head), F(pb_driver, on_body), F(pb_driver, on_end);
    F(pb_driver, on_timer), F(pb_driver, on_cancel), F(pb_driver, end);
    F(pb_driver, extension);
}

int main(void)
{
    printf("pointer size %zu\n", sizeof(void *));
    constants();
    records();
    services();
    driver();
    return 0;
}
