/* SPDX-License-Identifier: Apache-2.0 */
/* What a gateway does with every request, by the reader and patch on one side and by json-c on the
 * other: parse, change `model`, write. CPU time of this thread in alternating rounds of one run,
 * the best round of each counted, so that other load moves both sides alike. */
#include "base/str.h"
#include "json/reader.h"
#include "json/writer.h"

#include <json-c/json.h>
#include <stdio.h>
#include <time.h>

enum { ROUNDS = 15 };

/* CPU time a round should take at least. */
#define ROUND_NS 4000000

typedef struct Body {
    const char *name;
    GString *text;
    double expected; /* the ratio that must be reached; 0: reported only */
} Body;

typedef struct Side {
    size_t (*run)(const GString *text); /* gives the length of what it wrote */
    double best_ns;
} Side;

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static size_t run_patchbay(const GString *text)
{
    static PbayArena *arena;
    static GString *out;
    if (arena == NULL) {
        arena = pbay_arena_new(0);
        out = g_string_new(NULL);
    }
    g_string_truncate(out, 0);
    const pb_json *root = pbay_json_parse(arena, pbay_str_of(text), NULL, PBAY_JSON_UNIQUE, NULL);
    if (pbay_json_str(pbay_json_get(root, PBAY_STR("model"))).len == 0)
        g_error("no model");
    pbay_json_patch(out, root, PBAY_STR("model"), PBAY_STR("\"llama-3.3-70b-versatile\""));
    pbay_arena_reset(arena);
    return out->len;
}

static size_t run_jsonc(const GString *text)
{
    static json_tokener *tokener;
    if (tokener == NULL)
        tokener = json_tokener_new_ex(128);
    json_tokener_reset(tokener);
    json_object *root = json_tokener_parse_ex(tokener, text->str, (int)text->len);
    json_object *model;
    if (!json_object_object_get_ex(root, "model", &model) || json_object_get_string_len(model) == 0)
        g_error("no model");
    json_object_object_add(root, "model", json_object_new_string("llama-3.3-70b-versatile"));
    size_t len = 0;
    json_object_to_json_string_length(root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
                                      &len);
    json_object_put(root);
    return len;
}

/* Chat as it is: paragraphs, line breaks, quotes, some code, now and then a word beyond ASCII. */
static void append_prose(GString *text, GRand *rand, size_t n)
{
    static const char *const words[] = {"the",
                                        "model",
                                        "request",
                                        "returns",
                                        "of",
                                        "and",
                                        "a",
                                        "stream",
                                        "provider",
                                        "that",
                                        "is",
                                        "configured",
                                        "token",
                                        "because",
                                        "with",
                                        "context",
                                        "in",
                                        "an",
                                        "answer",
                                        "which",
                                        "should",
                                        "for",
                                        "it",
                                        "question",
                                        "when",
                                        "we",
                                        "parse",
                                        "response",
                                        "na\xc3\xafve",
                                        "caf\xc3\xa9",
                                        "\xe2\x80\x94",
                                        "\xe2\x80\x9cquoted\xe2\x80\x9d",
                                        "\xf0\x9f\x98\x80",
                                        "\xe4\xbd\xa0\xe5\xa5\xbd"};
    size_t end = text->len + n;
    int line = 0;
    while (text->len < end) {
        bool rare = g_rand_int_range(rand, 0, 60) == 0;
        const char *word = words[g_rand_int_range(rand, rare ? 28 : 0, rare ? 34 : 28)];
        g_string_append(text, word);
        line += (int)strlen(word) + 1;
        if (line > 80) {
            g_string_append(text, g_rand_int_range(rand, 0, 4) == 0 ? ".\\n\\n" : "\\n");
            line = 0;
        } else {
            g_string_append(text, g_rand_int_range(rand, 0, 90) == 0 ? " \\\"value\\\" " : " ");
        }
    }
}

static GString *chat_body(size_t size)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    GString *text = g_string_new("{\"model\":\"groq/llama-3.3-70b-versatile\",\"temperature\":0.7,"
                                 "\"max_tokens\":1024,\"stream\":true,\"messages\":[");
    size_t message = MIN(size / 3, 4000);
    for (int i = 0; text->len + message < size; i++) {
        g_string_append_printf(text, "%s{\"role\":\"%s\",\"content\":\"", i != 0 ? "," : "",
                               i == 0       ? "system"
                               : i % 2 != 0 ? "user"
                                            : "assistant");
        append_prose(text, rand, message);
        g_string_append(text, "\"}");
    }
    g_string_append(text, "],\"user\":\"u-1234\"}");
    return text;
}

/* Little but structure: tools with schemas, logit_bias, numbers. */
static GString *dense_body(size_t size)
{
    GString *text = g_string_new("{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\","
                                 "\"content\":\"hi\"}],\"tools\":[");
    for (int i = 0; text->len < size; i++)
        g_string_append_printf(
            text,
            "%s{\"type\":\"function\",\"function\":{\"name\":\"tool_%d\",\"parameters\":{\"type\":"
            "\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":%d},"
            "\"b\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"default\":[1,2.5,-3e2,0."
            "25]},"
            "\"c\":{\"enum\":[\"x\",\"y\",null,true,false]}},\"required\":[\"a\",\"b\"],"
            "\"additionalProperties\":false}}}",
            i != 0 ? "," : "", i, i * 7);
    g_string_append(text, "]}");
    return text;
}

static void measure(Side *side, const GString *text, int times)
{
    double begin = cpu_ns();
    size_t written = 0;
    for (int i = 0; i < times; i++)
        written += side->run(text);
    double each = (cpu_ns() - begin) / times;
    if (written == 0)
        g_error("nothing was written");
    if (side->best_ns == 0 || each < side->best_ns)
        side->best_ns = each;
}

static int times_for(const Side *side)
{
    return CLAMP((int)(ROUND_NS / side->best_ns), 1, 100000);
}

static bool compare(const Body *body)
{
    Side sides[2] = {{run_patchbay, 0}, {run_jsonc, 0}};
    measure(&sides[0], body->text, 3);
    measure(&sides[1], body->text, 3);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < 2; i++)
            measure(&sides[i], body->text, times_for(&sides[i]));
    double ratio = sides[1].best_ns / sides[0].best_ns;
    bool ok = ratio >= body->expected;
    printf("%-22s %8zu bytes  patchbay %10.2f us  json-c %10.2f us  ratio %5.1f", body->name,
           body->text->len, sides[0].best_ns / 1e3, sides[1].best_ns / 1e3, ratio);
    if (body->expected > 0)
        printf("  (expected %.0f: %s)", body->expected, ok ? "ok" : "MISSED");
    printf("\n");
    return ok;
}

int main(void)
{
    const Body bodies[] = {
        {"chat, 1.2 KB", chat_body(1200), 5},         {"chat, 100 KB", chat_body(100000), 10},
        {"chat, 1 MB", chat_body(1000000), 10},       {"structure, 1.2 KB", dense_body(1200), 0},
        {"structure, 100 KB", dense_body(100000), 0}, {"structure, 1 MB", dense_body(1000000), 0}};
    bool ok = true;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        ok = compare(&bodies[i]) && ok;
        g_string_free(bodies[i].text, TRUE);
    }
    return ok ? 0 : 1;
}
