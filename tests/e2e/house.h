/* SPDX-License-Identifier: Apache-2.0 */
/* Vendors on stubs for tests of choosing: providers openai, anthropic, groq and workshop, with each
 * target and what it answers, one word a request. Every request is written down in the order of
 * coming. Functions are for the test's thread.
 *
 *   ok          answers "I am TARGET." (10 tokens read, 5 written)
 *   ok@MS       the same, after that pause
 *   NNN         an error with that status, no hint; 429:MS, 503:MS: with retry-after-ms
 *   quota       429 insufficient_quota            context, policy   400 with that code
 *   hang        nothing at all                    mute              a 200 without content, silence
 *   gap         one piece, then silence           late              one piece, then an error
 *   reset       the connection is reset */
#ifndef TESTS_E2E_HOUSE_H
#define TESTS_E2E_HOUSE_H

#include <glib.h>
#include <json-c/json.h>
#include <patchbay/patchbay.h>
#include <stdbool.h>

typedef struct House {
    struct HouseVendors *vendors;
    patchbay *pb;
    int retries; /* of requests; -1 (as it begins): as configured */
} House;

/* Opened with the shipped conf.d, conf.d/examples/EXAMPLE.conf behind it, and pairs of name and
 * value for patchbay_set above both; ends with NULL. The providers have a key unless "api-key" of
 * theirs is among the pairs; a value of NULL leaves it to the files. */
House *house_new(const char *example, ...) G_GNUC_NULL_TERMINATED;
/* The same with these lines as --env-file. */
House *house_new_env(const char *env, const char *example, ...) G_GNUC_NULL_TERMINATED;
void house_free(House *house);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(House, house_free)

char *house_example(const char *name); /* path of the file; g_free */
/* From its next request on the target answers by these words, the last one ever after. */
void house_says(House *house, const char *target, const char *words);
/* "openai/gpt-4o groq/x" since the last time, in order of coming; g_free. */
char *house_asked(House *house);
/* The key that came with each of the same requests, to be asked before: "sk-1 sk-2"; g_free. */
char *house_keys(House *house);
/* Until that many requests have come in all. */
void house_await(House *house, unsigned n);
void house_await_closed(House *house); /* until no connection is open */

/* How a call ended. */
typedef struct Reply {
    char *text;         /* of the answer, or as much as was heard */
    char *attempts;     /* "openai/gpt-4o:server_error groq/x:ok" */
    char *waits;        /* "waiting" events: the targets waited for, or "" */
    const char *target; /* of the report */
    json_object *report;
    int cls; /* 0: it went well */
    char *message;
} Reply;
void reply_free(Reply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reply, reply_free)

/* A chat with one message of the user; members: further ones of the request ("\"stream\":true"), or
 * "". A text with a '[' in front is the array of messages itself. */
Reply *house_ask(House *house, const char *model, const char *members, const char *text);
/* The same, once explain has said which target is first and that one was asked first. */
Reply *house_ask_explained(House *house, const char *model, const char *members, const char *text);
/* Explained, asked, and served by that target at the first attempt. */
void house_assert(House *house, const char *model, const char *members, const char *text,
                  const char *target);

/* A call under way. */
typedef struct Pending Pending;
Pending *house_start(House *house, const char *model, const char *members, const char *text);
void pending_await_waiting(Pending *pending); /* until it stands in a queue */
void pending_cancel(Pending *pending);
Reply *pending_end(Pending *pending); /* waits; frees it */

/* explain's whole answer; json_object_put. */
json_object *house_explain(House *house, const char *model, const char *members, const char *text);
/* Of its plan the targets that are in, "openai/gpt-4o groq/x", of that cause; g_free. */
char *plan_targets(json_object *explained, const char *cause);
/* The reason of a step, borrowed; "" when it is not there. */
const char *plan_reason(json_object *explained, const char *target);

void assert_text(const char *text, const char *part); /* is in it */

/* A test an example; tables end with {0}. */
typedef struct Example {
    const char *name; /* conf.d/examples/NAME.conf */
    void (*test)(void);
} Example;

extern const Example examples_of_choice[], examples_of_rules[], examples_of_failures[],
    examples_of_limits[];

#endif
