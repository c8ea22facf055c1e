/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the types of the canonical chat members that drivers read out and write anew: a wrong one
 * would be lost on the way, and the vendor could not complain of it. null counts as left out;
 * ranges and words stay the vendor's to judge. Pure; any thread. */
#include "call/types.h"

#include "base/str.h"
#include "call/rewrite.h"
#include "json/reader.h"

#define TYPE(name)  (1u << PB_JSON_##name)
#define TYPE_NUMBER (TYPE(INT) | TYPE(REAL))

typedef struct Member {
    const char *name;
    unsigned types;
    const char *must; /* what it must be, for the message */
} Member;

static const Member members[] = {
    {"temperature", TYPE_NUMBER, "a number"},
    {"top_p", TYPE_NUMBER, "a number"},
    {"max_tokens", TYPE_NUMBER, "a number"},
    {"max_completion_tokens", TYPE_NUMBER, "a number"},
    {"presence_penalty", TYPE_NUMBER, "a number"},
    {"frequency_penalty", TYPE_NUMBER, "a number"},
    {"stop", TYPE(STRING) | TYPE(ARRAY), "a string or an array of strings"},
    {"logprobs", TYPE(BOOL) | TYPE(INT), "true or false"},
    {"top_logprobs", TYPE_NUMBER, "a number"},
    {"response_format", TYPE(OBJECT), "an object"},
    {"tool_choice", TYPE(STRING) | TYPE(OBJECT), "a string or an object"},
    {"parallel_tool_calls", TYPE(BOOL), "true or false"},
    {"reasoning_effort", TYPE(STRING), "a string"},
    {"modalities", TYPE(ARRAY), "an array of strings"},
    {"audio", TYPE(OBJECT), "an object"},
};

static bool is_of(const pb_json *value, unsigned types)
{
    int32_t type = pbay_json_type(value);
    return type == PB_JSON_NULL || (types & (1u << (unsigned)type)) != 0;
}

static PbayFailure *check_list(const char *name, const pb_json *list)
{
    size_t i = 0;
    if (pbay_json_type(list) != PB_JSON_ARRAY)
        return NULL;
    for (const pb_json *item = pbay_json_first(list, NULL); item != NULL;
         item = pbay_json_next(item, NULL), i++)
        if (pbay_json_type(item) != PB_JSON_STRING)
            return pbay_call_invalid(name, "%s[%zu] must be a string, not %s", name, i,
                                     pbay_call_type_name(item));
    return NULL;
}

static PbayFailure *check_members(const pb_json *root)
{
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        const pb_json *value = pbay_json_get(root, pbay_str(members[i].name));
        if (!is_of(value, members[i].types))
            return pbay_call_invalid(members[i].name, "%s must be %s, not %s", members[i].name,
                                     members[i].must, pbay_call_type_name(value));
        PbayFailure *failure = check_list(members[i].name, value);
        if (failure != NULL)
            return failure;
    }
    return NULL;
}

/* A text, parts, or nothing where calls stand instead. */
static PbayFailure *check_content(const pb_json *content, size_t message)
{
    size_t i = 0;
    if (!is_of(content, TYPE(STRING) | TYPE(ARRAY)))
        return pbay_call_invalid("messages",
                                 "messages[%zu].content must be a string or an array of parts, "
                                 "not %s",
                                 message, pbay_call_type_name(content));
    if (pbay_json_type(content) != PB_JSON_ARRAY)
        return NULL;
    for (const pb_json *part = pbay_json_first(content, NULL); part != NULL;
         part = pbay_json_next(part, NULL), i++)
        if (pbay_json_type(part) != PB_JSON_OBJECT)
            return pbay_call_invalid("messages",
                                     "messages[%zu].content[%zu] must be an object with a type, "
                                     "not %s",
                                     message, i, pbay_call_type_name(part));
    return NULL;
}

static PbayFailure *check_schema(const pb_json *root)
{
    const pb_json *format = pbay_json_get(root, PBAY_STR("response_format"));
    const pb_json *named = pbay_json_get(format, PBAY_STR("json_schema"));
    const pb_json *schema = pbay_json_get(named, PBAY_STR("schema"));
    if (!is_of(named, TYPE(OBJECT)))
        return pbay_call_invalid("response_format",
                                 "response_format.json_schema must be an object, not %s",
                                 pbay_call_type_name(named));
    if (is_of(schema, TYPE(OBJECT) | TYPE(BOOL)))
        return NULL;
    return pbay_call_invalid("response_format",
                             "response_format.json_schema.schema must be an object, not %s",
                             pbay_call_type_name(schema));
}

PbayFailure *pbay_call_check_types(const pb_json *root)
{
    const pb_json *messages = pbay_json_get(root, PBAY_STR("messages"));
    PbayFailure *failure = check_members(root);
    if (failure == NULL)
        failure = check_schema(root);
    size_t i = 0;
    for (const pb_json *message = pbay_json_first(messages, NULL);
         message != NULL && failure == NULL; message = pbay_json_next(message, NULL), i++)
        failure = check_content(pbay_json_get(message, PBAY_STR("content")), i);
    return failure;
}
