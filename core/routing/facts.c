/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the measure of one canonical request: what rules ask about and what estimates are made of.
 * It reads each text once, judges nothing (what is malformed counts for nothing: the call checks
 * it) and knows no vendor's tokenizer, so its tokens are estimates. Any thread. */
#include "routing/facts.h"

#include "base/str.h"
#include "json/reader.h"

#include <string.h>
#include <time.h>

/* Above every true request, and far from where sums overflow. */
#define NUMBER_MAX INT64_C(1000000000)

/* Lists of lists: of prompts, of tokens. */
#define DEPTH_MAX 4u

typedef struct Measure {
    PbayFacts *facts;
    int64_t bytes;  /* of texts and of the JSON that is sent along with them */
    int64_t tokens; /* of what is no text                                    */
} Measure;

int64_t pbay_estimate_tokens(int64_t bytes)
{
    return bytes <= 0 ? 0 : (bytes - 1) / 4 + 1;
}

#define ONES UINT64_C(0x0101010101010101)

/* Bytes that do not go on with a character, eight at a time. */
static int64_t characters(pb_str text)
{
    int64_t n = (int64_t)text.len;
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= text.len; i += sizeof word) {
        memcpy(&word, text.ptr + i, sizeof word);
        uint64_t goes_on = (word >> 7) & ~(word >> 6) & ONES;
        n -= (int64_t)((goes_on * ONES) >> 56);
    }
    for (; i < text.len; i++)
        n -= ((unsigned char)text.ptr[i] & 0xc0) == 0x80;
    return n;
}

static void add_text(Measure *m, pb_str text)
{
    m->facts->chars += characters(text);
    m->bytes += (int64_t)text.len;
}

/* What is sent as JSON: the vendor reads it too, but it is nothing that somebody said. */
static void add_json(Measure *m, const pb_json *value)
{
    if (pbay_json_type(value) != PB_JSON_NULL)
        m->bytes += (int64_t)pbay_json_text(value).len;
}

/* ---- Messages ---- */

static bool is_image(const pb_json *part)
{
    pb_str type = pbay_json_str(pbay_json_get(part, PBAY_STR("type")));
    return pbay_str_is(type, "image_url") || pbay_str_is(type, "image") ||
           pbay_str_is(type, "input_image");
}

static void add_part(Measure *m, const pb_json *part)
{
    static const char *const texts[] = {"text", "refusal"};
    if (pbay_json_type(part) == PB_JSON_STRING) {
        add_text(m, pbay_json_str(part));
        return;
    }
    if (is_image(part)) {
        m->facts->images++;
        m->tokens += PBAY_IMAGE_TOKENS;
        return;
    }
    bool said = false;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const pb_json *text = pbay_json_get(part, pbay_str(texts[i]));
        said = said || pbay_json_type(text) == PB_JSON_STRING;
        add_text(m, pbay_json_str(text));
    }
    if (!said && pbay_json_type(part) == PB_JSON_OBJECT)
        m->tokens += PBAY_IMAGE_TOKENS;
}

static void add_content(Measure *m, const pb_json *content)
{
    if (pbay_json_type(content) == PB_JSON_STRING)
        add_text(m, pbay_json_str(content));
    for (const pb_json *part = pbay_json_first(content, NULL); part != NULL;
         part = pbay_json_next(part, NULL))
        add_part(m, part);
}

static void add_messages(Measure *m, const pb_json *messages)
{
    for (const pb_json *message = pbay_json_first(messages, NULL); message != NULL;
         message = pbay_json_next(message, NULL)) {
        pb_str role = pbay_json_str(pbay_json_get(message, PBAY_STR("role")));
        m->facts->turns += pbay_str_is(role, "user");
        m->tokens += PBAY_MESSAGE_TOKENS;
        add_content(m, pbay_json_get(message, PBAY_STR("content")));
        add_json(m, pbay_json_get(message, PBAY_STR("tool_calls")));
    }
}

/* ---- Inputs of other kinds ---- */

/* A text, a list of texts, a list of tokens, a list of such lists, documents, or parts. */
static void add_input(Measure *m, const pb_json *value, unsigned depth)
{
    switch (pbay_json_type(value)) {
    case PB_JSON_STRING:
        add_text(m, pbay_json_str(value));
        break;
    case PB_JSON_INT:
        m->tokens++;
        break;
    case PB_JSON_OBJECT:
        add_part(m, value);
        break;
    case PB_JSON_ARRAY:
        for (const pb_json *item = pbay_json_first(value, NULL); item != NULL && depth < DEPTH_MAX;
             item = pbay_json_next(item, NULL))
            add_input(m, item, depth + 1);
        break;
    default:
        break;
    }
}

/* How many a prompt is: each has its own answer. */
static int64_t count_prompts(const pb_json *prompt)
{
    size_t n = pbay_json_type(prompt) == PB_JSON_ARRAY ? pbay_json_len(prompt) : 0;
    if (n == 0 || pbay_json_type(pbay_json_at(prompt, 0, NULL)) == PB_JSON_INT)
        return 1;
    return (int64_t)n;
}

/* ---- Numbers ---- */

static int64_t number(const pb_json *root, const char *key, int64_t otherwise)
{
    int64_t n = pbay_json_int(pbay_json_get(root, pbay_str(key)), otherwise);
    return CLAMP(n, 0, NUMBER_MAX);
}

static bool writes_tokens(int32_t kind)
{
    return kind == PB_KIND_CHAT || kind == PB_KIND_COMPLETION;
}

static void measure_output(int32_t kind, const pb_json *root, PbayFacts *facts)
{
    int64_t answers = MAX(number(root, "n", 1), 1);
    facts->max_output = number(root, "max_completion_tokens", 0);
    if (facts->max_output == 0)
        facts->max_output = number(root, "max_tokens", 0);
    if (kind == PB_KIND_IMAGE)
        facts->made = answers;
    if (!writes_tokens(kind))
        return;
    int64_t prompts = count_prompts(pbay_json_get(root, PBAY_STR("prompt")));
    facts->output = facts->max_output > 0 ? facts->max_output * MIN(answers * prompts, 1000)
                                          : facts->tokens * MIN(answers, 1000);
}

static int local_hour(int64_t now_s)
{
    time_t now = (time_t)now_s;
    struct tm local = {0};
    return localtime_r(&now, &local) != NULL ? local.tm_hour : 0;
}

/* ---- Labels ---- */

/* The text of a value that a rule can be compared with, or NULL. */
static char *label_text(const pb_json *value, bool texts_only)
{
    int32_t type = pbay_json_type(value);
    if (type == PB_JSON_STRING) {
        pb_str text = pbay_json_str(value);
        return memchr(text.len != 0 ? text.ptr : "", '\0', text.len) == NULL ? pbay_str_dup(text)
                                                                             : NULL;
    }
    if (texts_only || (type != PB_JSON_BOOL && type != PB_JSON_INT && type != PB_JSON_REAL))
        return NULL;
    return pbay_str_dup(pbay_json_text(value));
}

/* NULL: there is none. */
static GHashTable *read_labels(const pb_json *labels, bool texts_only)
{
    GHashTable *table = NULL;
    pb_str key;
    if (pbay_json_type(labels) != PB_JSON_OBJECT)
        return NULL;
    for (const pb_json *value = pbay_json_first(labels, &key); value != NULL;
         value = pbay_json_next(value, &key)) {
        char *text = label_text(value, texts_only);
        if (text == NULL)
            continue;
        if (table == NULL)
            table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_hash_table_replace(table, pbay_str_dup(key), text);
    }
    return table;
}

/* ---- The whole ---- */

void pbay_facts_measure(int32_t kind, const pb_json *root, const pb_json *labels, int64_t now_s,
                        PbayFacts *facts)
{
    static const char *const inputs[] = {"prompt", "input", "query", "documents"};
    *facts = (PbayFacts){.hour = local_hour(now_s)};
    Measure m = {.facts = facts};
    const pb_json *tools = pbay_json_get(root, PBAY_STR("tools"));
    const pb_json *format = pbay_json_get(root, PBAY_STR("response_format"));
    add_messages(&m, pbay_json_get(root, PBAY_STR("messages")));
    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++)
        add_input(&m, pbay_json_get(root, pbay_str(inputs[i])), 0);
    add_json(&m, tools);
    add_json(&m, pbay_json_get(format, PBAY_STR("json_schema")));
    facts->tools = pbay_json_type(tools) == PB_JSON_ARRAY ? (int64_t)pbay_json_len(tools) : 0;
    facts->schema =
        pbay_str_is(pbay_json_str(pbay_json_get(format, PBAY_STR("type"))), "json_schema");
    facts->tokens = MIN(pbay_estimate_tokens(m.bytes) + m.tokens, NUMBER_MAX);
    measure_output(kind, root, facts);
    facts->labels = read_labels(labels, false);
    facts->metadata = read_labels(pbay_json_get(root, PBAY_STR("metadata")), true);
}

void pbay_facts_tokens(int32_t kind, const PbayFacts *facts, PbayTokens *tokens)
{
    *tokens = (PbayTokens){.input = facts->tokens,
                           .output = writes_tokens(kind) ? facts->output : 0,
                           .images = facts->made,
                           .requests = 1,
                           .estimated = true};
}
