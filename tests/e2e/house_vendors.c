/* SPDX-License-Identifier: Apache-2.0 */
/* One stub a provider; anthropic speaks Messages, the others OpenAI's chat. Answers are made on the
 * stubs' threads, under one lock. */
#include "e2e/house_vendors.h"

#include <json-c/json.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_S 30

const char *const house_providers[HOUSE_PROVIDERS] = {"openai", "anthropic", "groq", "workshop"};

typedef struct Vendor {
    HouseVendors *all;
    const char *provider;
    Stub *stub;
} Vendor;

struct HouseVendors {
    Vendor vendors[HOUSE_PROVIDERS];
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    GHashTable *says; /* target -> GQueue of char * */
    GString *asked, *keys;
    unsigned requests;
};

/* An answer about to be made. */
typedef struct Answer {
    char *target, *word;
    bool stream, messages; /* messages: in Anthropic's dialect */
    int number;            /* behind '@' or ':' in the word; 0: none */
} Answer;

/* ---- OpenAI's dialect ---- */

static void send_delta(StubScript *script, const char *delta, const char *finish)
{
    g_autofree char *frame =
        g_strdup_printf("data: {\"id\":\"chatcmpl-house\",\"object\":\"chat.completion.chunk\","
                        "\"created\":1795343400,\"model\":\"m\",\"choices\":[{\"index\":0,"
                        "\"delta\":%s,\"finish_reason\":%s}]}\n\n",
                        delta, finish);

    stub_script_text(script, frame);
}

static void send_piece(StubScript *script, const char *text)
{
    g_autofree char *delta = g_strdup_printf("{\"content\":\"%s\"}", text);

    send_delta(script, delta, "null");
}

static void send_end(StubScript *script)
{
    send_delta(script, "{}", "\"stop\"");
    stub_script_text(script,
                     "data: {\"id\":\"chatcmpl-house\",\"object\":\"chat.completion.chunk\","
                     "\"created\":1795343400,\"model\":\"m\",\"choices\":[],\"usage\":{"
                     "\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15}}"
                     "\n\ndata: [DONE]\n\n");
}

static StubScript *chat_whole(const Answer *a)
{
    g_autofree char *json = g_strdup_printf(
        "{\"id\":\"chatcmpl-house\",\"object\":\"chat.completion\",\"created\":1795343400,"
        "\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
        "\"content\":\"I am %s.\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,"
        "\"completion_tokens\":5,\"total_tokens\":15}}",
        a->target);
    StubScript *script = stub_script_new(200, "application/json");

    if (a->number != 0)
        stub_script_wait(script, a->number);
    stub_script_text(script, json);
    return script;
}

/* The pieces of a stream, well or as the word says. */
static StubScript *chat_stream(const Answer *a)
{
    StubScript *script = stub_script_new(200, "text/event-stream");

    send_delta(script, "{\"role\":\"assistant\",\"content\":\"\"}", "null");
    if (strcmp(a->word, "mute") == 0) {
        stub_script_stall(script);
        return script;
    }
    if (a->number != 0)
        stub_script_wait(script, a->number);
    send_piece(script, "I am ");
    if (strcmp(a->word, "gap") == 0) {
        stub_script_stall(script);
    } else if (strcmp(a->word, "late") == 0) {
        stub_script_text(script,
                         "data: {\"error\":{\"message\":\"The engine caught fire\",\"type\":"
                         "\"server_error\",\"param\":null,\"code\":null}}\n\n");
    } else {
        send_piece(script, a->target);
        send_piece(script, ".");
        send_end(script);
    }
    return script;
}

/* ---- Anthropic's dialect ---- */

static void send_event(StubScript *script, const char *name, const char *data)
{
    g_autofree char *text = g_strdup_printf("event: %s\ndata: %s\n\n", name, data);

    stub_script_text(script, text);
}

static StubScript *messages_stream(const Answer *a)
{
    StubScript *script = stub_script_new(200, "text/event-stream");
    g_autofree char *delta =
        g_strdup_printf("{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
                        "\"text_delta\",\"text\":\"I am %s.\"}}",
                        a->target);

    send_event(script, "message_start",
               "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_house\",\"type\":\"message\","
               "\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,"
               "\"stop_sequence\":null,\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}");
    if (a->number != 0)
        stub_script_wait(script, a->number);
    send_event(script, "content_block_start",
               "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\","
               "\"text\":\"\"}}");
    send_event(script, "content_block_delta", delta);
    send_event(script, "content_block_stop", "{\"type\":\"content_block_stop\",\"index\":0}");
    send_event(script, "message_delta",
               "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
               "\"stop_sequence\":null},\"usage\":{\"output_tokens\":5}}");
    send_event(script, "message_stop", "{\"type\":\"message_stop\"}");
    return script;
}

static StubScript *messages_whole(const Answer *a)
{
    g_autofree char *json = g_strdup_printf(
        "{\"id\":\"msg_house\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\","
        "\"content\":[{\"type\":\"text\",\"text\":\"I am %s.\"}],\"stop_reason\":\"end_turn\","
        "\"stop_sequence\":null,\"usage\":{\"input_tokens\":10,\"output_tokens\":5}}",
        a->target);
    StubScript *script = stub_script_new(200, "application/json");

    if (a->number != 0)
        stub_script_wait(script, a->number);
    stub_script_text(script, json);
    return script;
}

/* ---- Refusals ---- */

static StubScript *refusal_of(const Answer *a, int status, const char *message, const char *code)
{
    static const char anthropic[] = "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":"
                                    "\"%s\"}}";
    const char *type = status == 401   ? "authentication_error"
                       : status == 429 ? "rate_limit_error"
                       : status == 529 ? "overloaded_error"
                       : status == 400 ? "invalid_request_error"
                                       : "api_error";
    g_autofree char *hint = g_strdup_printf("%d", a->number);
    g_autofree char *json =
        a->messages
            ? g_strdup_printf(anthropic, type, message)
            : g_strdup_printf("{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"param\":null,"
                              "\"code\":%s}}",
                              message, status >= 500 ? "server_error" : "invalid_request_error",
                              code);
    StubScript *script = stub_json(status, json);

    if (a->number != 0)
        stub_script_header(script, "retry-after-ms", hint);
    return script;
}

/* NULL: the word is none of these. */
static StubScript *refusal(const Answer *a)
{
    int status = atoi(a->word);
    StubScript *script;

    if (strcmp(a->word, "hang") == 0 || strcmp(a->word, "reset") == 0) {
        script = stub_script_new(200, NULL);
        stub_script_raw(script, "", 0);
        (a->word[0] == 'h' ? stub_script_stall : stub_script_reset)(script);
        return script;
    }
    if (strcmp(a->word, "quota") == 0)
        return refusal_of(a, 429, "You exceeded your current quota", "\"insufficient_quota\"");
    if (strcmp(a->word, "context") == 0)
        return refusal_of(a, 400,
                          a->messages ? "prompt is too long: 300000 tokens > 200000 maximum"
                                      : "This model's maximum context length is 8192 tokens",
                          "\"context_length_exceeded\"");
    if (strcmp(a->word, "policy") == 0)
        return refusal_of(a, 400, "Rejected as a result of our safety system",
                          "\"content_policy_violation\"");
    if (status != 0)
        return refusal_of(a, status, "The house refuses", "null");
    return NULL;
}

/* ---- Requests ---- */

/* The word for the target's next request; g_free. With the lock. */
static char *next_word(HouseVendors *all, const char *target)
{
    GQueue *words = g_hash_table_lookup(all->says, target);

    if (words == NULL)
        return g_strdup("ok");
    return words->length > 1 ? g_queue_pop_head(words) : g_strdup(words->head->data);
}

static void write_down(HouseVendors *all, const Answer *a, const StubRequest *request)
{
    const char *key =
        g_hash_table_lookup(request->headers, a->messages ? "x-api-key" : "authorization");

    if (key != NULL && g_str_has_prefix(key, "Bearer "))
        key += strlen("Bearer ");
    g_string_append_printf(all->asked, "%s%s", all->asked->len != 0 ? " " : "", a->target);
    g_string_append_printf(all->keys, "%s%s", all->keys->len != 0 ? " " : "",
                           key != NULL ? key : "none");
    all->requests++;
    pthread_cond_broadcast(&all->changed);
}

static StubScript *script_of(const Answer *a)
{
    StubScript *script = refusal(a);

    if (script != NULL)
        return script;
    if (a->messages)
        return a->stream ? messages_stream(a) : messages_whole(a);
    return a->stream ? chat_stream(a) : chat_whole(a);
}

/* A listing, which free probes ask for. */
static StubScript *models_of(const Vendor *vendor)
{
    if (strcmp(vendor->provider, "anthropic") == 0)
        return stub_json(200, "{\"data\":[{\"type\":\"model\",\"id\":\"m\",\"display_name\":\"M\","
                              "\"created_at\":\"2026-01-01T00:00:00Z\"}],\"has_more\":false,"
                              "\"first_id\":\"m\",\"last_id\":\"m\"}");
    return stub_json(200, "{\"object\":\"list\",\"data\":[{\"id\":\"m\",\"object\":\"model\","
                          "\"created\":1,\"owned_by\":\"house\"}]}");
}

static StubScript *answer(void *user, const StubRequest *request)
{
    const Vendor *vendor = user;
    HouseVendors *all = vendor->all;
    json_object *body = json_tokener_parse(request->body->str);
    const char *model = json_object_get_string(json_object_object_get(body, "model"));
    bool listing = strcmp(request->method, "GET") == 0;
    Answer a = {.stream = json_object_get_boolean(json_object_object_get(body, "stream")),
                .messages = strcmp(vendor->provider, "anthropic") == 0,
                .target = listing ? g_strconcat(vendor->provider, "/", NULL)
                                  : g_strconcat(vendor->provider, "/", model, NULL)};
    StubScript *script;

    pthread_mutex_lock(&all->lock);
    write_down(all, &a, request);
    a.word = next_word(all, a.target);
    pthread_mutex_unlock(&all->lock);
    if (strpbrk(a.word, "@:") != NULL)
        a.number = atoi(strpbrk(a.word, "@:") + 1);
    script = listing ? refusal(&a) : script_of(&a);
    if (script == NULL)
        script = models_of(vendor);
    g_free(a.target);
    g_free(a.word);
    json_object_put(body);
    return script;
}

/* ---- For the test ---- */

static void words_free(gpointer data)
{
    g_queue_free_full(data, g_free);
}

HouseVendors *house_vendors_new(void)
{
    HouseVendors *all = g_new0(HouseVendors, 1);

    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->changed, NULL);
    all->says = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, words_free);
    all->asked = g_string_new(NULL);
    all->keys = g_string_new(NULL);
    for (unsigned i = 0; i < HOUSE_PROVIDERS; i++) {
        all->vendors[i] = (Vendor){.all = all, .provider = house_providers[i]};
        all->vendors[i].stub = stub_new(answer, &all->vendors[i]);
    }
    return all;
}

void house_vendors_free(HouseVendors *all)
{
    for (unsigned i = 0; i < HOUSE_PROVIDERS; i++)
        stub_free(all->vendors[i].stub);
    g_hash_table_unref(all->says);
    g_string_free(all->asked, TRUE);
    g_string_free(all->keys, TRUE);
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->lock);
    g_free(all);
}

char *house_vendors_url(const HouseVendors *all, unsigned provider)
{
    bool bare = strcmp(house_providers[provider], "anthropic") == 0;
    return stub_url(all->vendors[provider].stub, bare ? "" : "/v1");
}

void house_vendors_says(HouseVendors *all, const char *target, const char *words)
{
    g_auto(GStrv) split = g_strsplit(words, " ", -1);
    GQueue *queue = g_queue_new();

    for (char **word = split; *word != NULL; word++)
        g_queue_push_tail(queue, g_strdup(*word));
    pthread_mutex_lock(&all->lock);
    g_hash_table_replace(all->says, g_strdup(target), queue);
    pthread_mutex_unlock(&all->lock);
}

char *house_vendors_asked(HouseVendors *all, bool targets)
{
    char *text;

    pthread_mutex_lock(&all->lock);
    text = g_strdup(targets ? all->asked->str : all->keys->str);
    if (targets) {
        g_string_truncate(all->asked, 0);
        g_string_truncate(all->keys, 0);
    }
    pthread_mutex_unlock(&all->lock);
    return text;
}

void house_vendors_await(HouseVendors *all, unsigned n)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&all->lock);
    while (all->requests < n)
        if (pthread_cond_timedwait(&all->changed, &all->lock, &until) != 0)
            g_error("%u requests came, not %u: %s", all->requests, n, all->asked->str);
    pthread_mutex_unlock(&all->lock);
}

void house_vendors_await_closed(HouseVendors *all)
{
    for (unsigned i = 0; i < HOUSE_PROVIDERS; i++)
        g_assert_true(stub_wait_open(all->vendors[i].stub, 0));
}
