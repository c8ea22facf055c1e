/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the settings of a script: one table for the options of a provider and for the member
 * `mock` of a request, which have the same names ('-' and '_' are one). Options were checked by
 * the core; what a request says is checked here, and a mistake is named. Provider_open and
 * ops. */
#include "mock.h"

#include "lib/duration.h"
#include "lib/error.h"

#include <stddef.h>
#include <stdio.h>

typedef enum Type {
    TYPE_TEXT,
    TYPE_INT,
    TYPE_RATE,
    TYPE_MS,
    TYPE_LIST,
    TYPE_JSON,
    TYPE_CALLS
} Type;

typedef struct Row {
    const char *name;
    Type type;
    size_t offset;
    int64_t max;
} Row;

#define ROW(name, type, member, max)                                                               \
    {                                                                                              \
        name, type, offsetof(MockScript, member), max                                              \
    }

static const Row rows[] = {
    ROW("text", TYPE_TEXT, text, 0),
    ROW("reasoning", TYPE_TEXT, reasoning, 0),
    ROW("refusal", TYPE_TEXT, refusal, 0),
    ROW("finish", TYPE_TEXT, finish, 0),
    ROW("tool", TYPE_TEXT, tool, 0),
    ROW("tool-arguments", TYPE_JSON, arguments, 0),
    ROW("tool-calls", TYPE_CALLS, calls, 64),
    ROW("models", TYPE_LIST, models, 0),
    ROW("error", TYPE_LIST, errors, 0),
    ROW("error-message", TYPE_TEXT, error_message, 0),
    ROW("error-rate", TYPE_RATE, error_rate, 0),
    ROW("error-after", TYPE_INT, error_after, MOCK_COUNT_MAX),
    ROW("fail-first", TYPE_INT, fail_first, MOCK_COUNT_MAX),
    ROW("retry-after", TYPE_MS, retry_after, MOCK_MS_MAX),
    ROW("cut-after", TYPE_INT, cut_after, MOCK_COUNT_MAX),
    ROW("delay", TYPE_MS, delay, MOCK_MS_MAX),
    ROW("token-delay", TYPE_MS, token_delay, MOCK_MS_MAX),
    ROW("chunk", TYPE_INT, chunk, MOCK_COUNT_MAX),
    ROW("usage-in", TYPE_INT, usage_in, INT32_MAX),
    ROW("usage-out", TYPE_INT, usage_out, INT32_MAX),
    ROW("usage-cached", TYPE_INT, usage_cached, INT32_MAX),
    ROW("usage-reasoning", TYPE_INT, usage_reasoning, INT32_MAX),
    ROW("seed", TYPE_INT, seed, INT64_MAX),
    ROW("dimensions", TYPE_INT, dimensions, 4096),
};

void mock_settings_default(MockScript *out)
{
    *out = (MockScript){.text = PBS_STR("Hello from the mock driver, which asked nobody."),
                        .error_rate = 1,
                        .cut_after = -1,
                        .chunk = 1,
                        .usage_in = -1,
                        .usage_out = -1,
                        .usage_cached = -1,
                        .usage_reasoning = -1,
                        .seed = -1,
                        .dimensions = 8};
}

static char folded(char c)
{
    return c == '_' ? '-' : c;
}

static const Row *find(pb_str name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = 0;
        while (n < name.len && rows[i].name[n] != '\0' && folded(name.ptr[n]) == rows[i].name[n])
            n++;
        if (n == name.len && rows[i].name[n] == '\0')
            return &rows[i];
    }
    return NULL;
}

/* ---- One value; NULL: taken, else what it must be ---- */

static const char *take_number(const pb_core_api *api, const pb_json *value, const Row *row,
                               int64_t *out)
{
    int64_t number = api->json_int(value, -1);
    if (api->json_type(value) == PB_JSON_STRING && row->type == TYPE_MS)
        number = pbs_duration(api->json_str(value));
    if (number < 0 || number > row->max)
        return row->type == TYPE_MS ? "a number of milliseconds, or a text like 200ms, up to 10m"
                                    : "a whole number, not negative, and not that large";
    *out = number;
    return NULL;
}

static const char *take_text(const pb_core_api *api, const pb_json *value, const Row *row,
                             pb_str *out)
{
    if (api->json_type(value) != PB_JSON_STRING && row->type == TYPE_TEXT)
        return "a text";
    *out = api->json_type(value) == PB_JSON_STRING ? api->json_str(value) : api->json_text(value);
    return NULL;
}

/* A failure that does not exist would never happen, and the test that waits for it pass. */
static const char *check_errors(const pb_core_api *api, const MockScript *script)
{
    bool known = script->error.len == 0 || mock_error_find(script->error) != NULL;
    for (size_t i = 0; known && i < api->json_len(script->errors); i++)
        known = mock_error_find(api->json_str(api->json_at(script->errors, i, NULL))) != NULL;
    return known ? NULL : "rate_limit, overloaded or another failure of the README, or their list";
}

static const char *check_finish(const MockScript *script)
{
    bool known = pbs_is(script->finish, "stop") || pbs_is(script->finish, "length") ||
                 pbs_is(script->finish, "content_filter");
    return known ? NULL : "stop, length or content_filter";
}

/* [{"name","arguments"}] */
static const char *check_calls(const pb_core_api *api, const MockScript *script)
{
    bool named = true;
    for (size_t i = 0; named && i < api->json_len(script->tool_calls); i++) {
        const pb_json *call = api->json_at(script->tool_calls, i, NULL);
        named = api->json_str(api->json_get(call, PBS_STR("name"))).len > 0;
    }
    return named ? NULL : "a number, or an array of objects with a name and arguments";
}

static const char *take_list(const pb_core_api *api, const pb_json *value, const Row *row,
                             MockScript *script)
{
    bool text = api->json_type(value) == PB_JSON_STRING;
    if (!text && api->json_type(value) != PB_JSON_ARRAY)
        return "a name, or an array of names";
    if (row->offset == offsetof(MockScript, errors))
        script->error = text ? api->json_str(value) : (pb_str){NULL, 0};
    if (!text)
        *(const pb_json **)(void *)((char *)script + row->offset) = value;
    return row->offset == offsetof(MockScript, errors) ? check_errors(api, script) : NULL;
}

static const char *take(const pb_core_api *api, const pb_json *value, const Row *row,
                        MockScript *script)
{
    void *at = (char *)script + row->offset;
    const char *wrong = NULL;
    double rate = 0;
    switch (row->type) {
    case TYPE_TEXT:
    case TYPE_JSON:
        wrong = take_text(api, value, row, at);
        return wrong == NULL && at == &script->finish ? check_finish(script) : wrong;
    case TYPE_LIST:
        return take_list(api, value, row, script);
    case TYPE_RATE:
        rate = api->json_real(value, -1);
        if (!(rate >= 0 && rate <= 1))
            return "a number from 0 to 1";
        *(double *)at = rate;
        return NULL;
    case TYPE_CALLS:
        if (api->json_type(value) != PB_JSON_ARRAY)
            return take_number(api, value, row, at);
        script->tool_calls = value;
        script->calls = (int64_t)api->json_len(value);
        return script->calls <= row->max ? check_calls(api, script) : "at most 64 calls";
    default:
        return take_number(api, value, row, at);
    }
}

/* ---- Whole objects ---- */

void mock_settings_options(const pb_core_api *api, const pb_json *config, MockScript *out)
{
    const pb_json *value = NULL;
    pb_str key;
    for (size_t i = 0; (value = api->json_at(config, i, &key)) != NULL; i++) {
        const Row *row = find(key);
        if (row != NULL && api->json_type(value) != PB_JSON_NULL)
            take(api, value, row, out);
    }
}

static bool refuse(const pbs_ctx *ctx, const char *where, pb_str key, const char *what)
{
    char message[256], param[64];
    pb_str name = pbs_cut(key, 40);
    snprintf(message, sizeof message, "%s.%.*s %s", where, (int)name.len, name.ptr, what);
    snprintf(param, sizeof param, "%s.%.*s", where, (int)name.len, name.ptr);
    pb_error error = {.size = sizeof error,
                      .cls = PB_ERR_INVALID,
                      .retry = -1,
                      .message = pbs_str(message),
                      .param = pbs_str(param)};
    ctx->api->fail(ctx->x, &error);
    return false;
}

bool mock_settings_read(const pbs_ctx *ctx, const pb_json *object, const char *where,
                        MockScript *out)
{
    const pb_json *value = NULL;
    pb_str key;
    if (!pbs_is_type(ctx, object, PB_JSON_NULL) && !pbs_is_type(ctx, object, PB_JSON_OBJECT)) {
        pbs_fail(ctx, PB_ERR_INVALID, (pb_str){NULL, 0}, "mock must be an object of settings");
        return false;
    }
    for (size_t i = 0; (value = ctx->api->json_at(object, i, &key)) != NULL; i++) {
        const Row *row = find(key);
        char what[160];
        if (row == NULL)
            return refuse(ctx, where, key, "is no setting of the mock driver; see its README");
        const char *wrong = take(ctx->api, value, row, out);
        snprintf(what, sizeof what, "must be %s", wrong != NULL ? wrong : "");
        if (wrong != NULL)
            return refuse(ctx, where, key, what);
        out->text_wins = out->text_wins || row->offset == offsetof(MockScript, text);
    }
    return true;
}
