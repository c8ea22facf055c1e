/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what becomes of deprecated request members. Each change writes the text anew around the one
 * member and reads it again; requests of today have nothing to change and pay nothing. Any
 * thread. */
#include "call/rewrite.h"

#include "base/str.h"
#include "json/reader.h"
#include "json/writer.h"

static const char *const type_names[] = {"null",     "a boolean", "a number", "a number",
                                         "a string", "an array",  "an object"};

const char *pbay_call_type_name(const pb_json *value)
{
    return type_names[pbay_json_type(value)];
}

PbayFailure *pbay_call_invalid(const char *param, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    PbayFailure *failure = pbay_failure_new(PB_ERR_INVALID, "%s", message);
    if (param != NULL)
        pbay_failure_set_param(failure, param);
    return failure;
}

void pbay_call_set_member(PbayArena *arena, const pb_json **root, const char *key, pb_str with)
{
    static const PbayJsonLimits wide = {0, 1024}; /* the client's text kept the real ones */
    g_autoptr(GString) text = g_string_new(NULL);
    pbay_json_patch(text, *root, pbay_str(key), with);
    *root = pbay_json_parse(arena, pbay_str_of(text), &wide, PBAY_JSON_COPY, NULL);
}

static bool given(const pb_json *object, const char *key)
{
    return pbay_json_type(pbay_json_get(object, pbay_str(key))) != PB_JSON_NULL;
}

/* ---- functions and function_call ---- */

static PbayFailure *tools_from_functions(PbayArena *arena, const pb_json **root)
{
    const pb_json *functions = pbay_json_get(*root, PBAY_STR("functions"));
    if (pbay_json_type(functions) != PB_JSON_ARRAY)
        return pbay_call_invalid("functions", "functions must be an array, not %s",
                                 pbay_call_type_name(functions));
    if (given(*root, "tools"))
        return pbay_call_invalid("functions", "functions is the older name of tools: give one");
    g_autoptr(GString) tools = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, tools);
    pbay_json_open(&w, false);
    size_t i = 0;
    for (const pb_json *function = pbay_json_first(functions, NULL); function != NULL;
         function = pbay_json_next(function, NULL), i++) {
        if (pbay_json_str(pbay_json_get(function, PBAY_STR("name"))).len == 0)
            return pbay_call_invalid("functions", "functions[%zu] must be an object with a name",
                                     i);
        pbay_json_open(&w, true);
        pbay_json_member_str(&w, "type", PBAY_STR("function"));
        pbay_json_key(&w, PBAY_STR("function"));
        pbay_json_write_value(&w, function);
        pbay_json_close(&w);
    }
    pbay_json_close(&w);
    pbay_call_set_member(arena, root, "functions", (pb_str){NULL, 0});
    if (i != 0)
        pbay_call_set_member(arena, root, "tools", pbay_str_of(tools));
    return NULL;
}

static PbayFailure *choice_from_function_call(PbayArena *arena, const pb_json **root)
{
    const pb_json *choice = pbay_json_get(*root, PBAY_STR("function_call"));
    pb_str name = pbay_json_str(pbay_json_get(choice, PBAY_STR("name")));
    bool word =
        pbay_str_is(pbay_json_str(choice), "auto") || pbay_str_is(pbay_json_str(choice), "none");
    if (!word && name.len == 0)
        return pbay_call_invalid("function_call",
                                 "function_call must be \"auto\", \"none\" or {\"name\": ...}");
    if (given(*root, "tool_choice"))
        return pbay_call_invalid("function_call",
                                 "function_call is the older name of tool_choice: give one");
    g_autoptr(GString) text = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, text);
    if (word) {
        pbay_json_write_value(&w, choice);
    } else {
        pbay_json_open(&w, true);
        pbay_json_member_str(&w, "type", PBAY_STR("function"));
        pbay_json_key(&w, PBAY_STR("function"));
        pbay_json_open(&w, true);
        pbay_json_member_str(&w, "name", name);
        pbay_json_close(&w);
        pbay_json_close(&w);
    }
    bool tools = given(*root, "tools");
    pbay_call_set_member(arena, root, "function_call", (pb_str){NULL, 0});
    if (tools) /* a choice among no functions says nothing */
        pbay_call_set_member(arena, root, "tool_choice", pbay_str_of(text));
    return NULL;
}

/* ---- Messages of that time ---- */

typedef struct History {
    PbayJsonWriter *w;
    size_t calls;    /* function_calls so far: the id of the last one */
    pb_str last;     /* the name it called                            */
    bool unanswered; /* no function message has answered it           */
} History;

static void format_id(char id[32], size_t n)
{
    g_snprintf(id, 32, "call_%024zu", n);
}

/* All members but those two, `role` aside. */
static void copy_members(PbayJsonWriter *w, const pb_json *message, const char *without,
                         const char *and_without)
{
    pb_str key;
    for (const pb_json *member = pbay_json_first(message, &key); member != NULL;
         member = pbay_json_next(member, &key)) {
        if (pbay_str_is(key, without) || pbay_str_is(key, and_without))
            continue;
        pbay_json_key(w, key);
        pbay_json_write_value(w, member);
    }
}

static PbayFailure *write_caller(History *history, const pb_json *message, size_t i)
{
    const pb_json *call = pbay_json_get(message, PBAY_STR("function_call"));
    pb_str name = pbay_json_str(pbay_json_get(call, PBAY_STR("name")));
    if (name.len == 0)
        return pbay_call_invalid("messages",
                                 "messages[%zu].function_call must be an object with a name", i);
    if (given(message, "tool_calls"))
        return pbay_call_invalid("messages", "messages[%zu] has both tool_calls and function_call",
                                 i);
    char id[32];
    format_id(id, ++history->calls);
    history->last = name;
    history->unanswered = true;
    PbayJsonWriter *w = history->w;
    pbay_json_open(w, true);
    copy_members(w, message, "function_call", "tool_calls");
    pbay_json_key(w, PBAY_STR("tool_calls"));
    pbay_json_open(w, false);
    pbay_json_open(w, true);
    pbay_json_member_str(w, "id", pbay_str(id));
    pbay_json_member_str(w, "type", PBAY_STR("function"));
    pbay_json_key(w, PBAY_STR("function"));
    pbay_json_write_value(w, call);
    pbay_json_close(w);
    pbay_json_close(w);
    pbay_json_close(w);
    return NULL;
}

static PbayFailure *write_answerer(History *history, const pb_json *message, size_t i)
{
    pb_str name = pbay_json_str(pbay_json_get(message, PBAY_STR("name")));
    if (!history->unanswered || !pbay_str_eq(name, history->last))
        return pbay_call_invalid("messages",
                                 "messages[%zu] has role function, but the assistant message "
                                 "before it did not call that function",
                                 i);
    char id[32];
    format_id(id, history->calls);
    history->unanswered = false;
    PbayJsonWriter *w = history->w;
    pbay_json_open(w, true);
    pbay_json_member_str(w, "role", PBAY_STR("tool"));
    pbay_json_member_str(w, "tool_call_id", pbay_str(id));
    copy_members(w, message, "role", "name");
    pbay_json_close(w);
    return NULL;
}

static bool is_caller(const pb_json *message)
{
    return given(message, "function_call");
}

static bool is_answerer(const pb_json *message)
{
    return pbay_str_is(pbay_json_str(pbay_json_get(message, PBAY_STR("role"))), "function");
}

static bool is_old(const pb_json *messages)
{
    for (const pb_json *message = pbay_json_first(messages, NULL); message != NULL;
         message = pbay_json_next(message, NULL))
        if (is_caller(message) || is_answerer(message))
            return true;
    return false;
}

static PbayFailure *rewrite_messages(PbayArena *arena, const pb_json **root)
{
    const pb_json *messages = pbay_json_get(*root, PBAY_STR("messages"));
    if (!is_old(messages))
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, text);
    History history = {.w = &w};
    PbayFailure *failure = NULL;
    size_t i = 0;
    pbay_json_open(&w, false);
    for (const pb_json *message = pbay_json_first(messages, NULL);
         message != NULL && failure == NULL; message = pbay_json_next(message, NULL), i++) {
        if (is_caller(message))
            failure = write_caller(&history, message, i);
        else if (is_answerer(message))
            failure = write_answerer(&history, message, i);
        else
            pbay_json_write_value(&w, message);
    }
    pbay_json_close(&w);
    if (failure == NULL)
        pbay_call_set_member(arena, root, "messages", pbay_str_of(text));
    return failure;
}

/* ---- The rest ---- */

static PbayFailure *rename_max_tokens(PbayArena *arena, const pb_json **root, bool *renamed)
{
    const pb_json *value = pbay_json_get(*root, PBAY_STR("max_tokens_to_sample"));
    if (given(*root, "max_tokens") || given(*root, "max_completion_tokens"))
        return pbay_call_invalid("max_tokens_to_sample",
                                 "max_tokens_to_sample means max_tokens: give one of them");
    if (pbay_json_type(value) != PB_JSON_INT || pbay_json_int(value, 0) < 1)
        return pbay_call_invalid("max_tokens_to_sample",
                                 "max_tokens_to_sample must be a whole number of at least 1");
    pb_str text = pbay_json_text(value);
    pbay_call_set_member(arena, root, "max_tokens_to_sample", (pb_str){NULL, 0});
    pbay_call_set_member(arena, root, "max_tokens", text);
    *renamed = true;
    return NULL;
}

PbayFailure *pbay_call_rewrite(PbayArena *arena, const pb_json **root, bool *renamed)
{
    PbayFailure *failure = rewrite_messages(arena, root);
    if (failure == NULL && given(*root, "functions"))
        failure = tools_from_functions(arena, root);
    if (failure == NULL && given(*root, "function_call"))
        failure = choice_from_function_call(arena, root);
    if (failure == NULL && given(*root, "max_tokens_to_sample"))
        failure = rename_max_tokens(arena, root, renamed);
    const pb_json *tools = pbay_json_get(*root, PBAY_STR("tools"));
    if (failure == NULL && pbay_json_type(tools) == PB_JSON_ARRAY && pbay_json_len(tools) == 0)
        pbay_call_set_member(arena, root, "tools", (pb_str){NULL, 0});
    return failure;
}
