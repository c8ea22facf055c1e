/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks OpenAI's dialect as one of its look-alikes does: what it takes and how it
 * answers is a table, tests/stub/vendors/alikes.c, so that a vendor is data here as it is in
 * conf.d. It judges what vendor_openai.c does not: other names, other roles, other forms. */
#ifndef TESTS_STUB_VENDOR_ALIKE_H
#define TESTS_STUB_VENDOR_ALIKE_H

#include "stub/vendor.h"

/* How a streamed tool call comes. */
typedef enum AlikeCall {
    ALIKE_IN_PIECES, /* OpenAI's way: name, then the arguments in pieces                   */
    ALIKE_WHOLE,     /* in one chunk                                                       */
    ALIKE_BARE,      /* in one chunk, without type and with an index that is null          */
    ALIKE_AT_END,    /* in the chunk that has the finish reason                            */
    ALIKE_UNNAMED,   /* in one chunk, and the finish reason is an empty text until the end */
} AlikeCall;

/* Where a stream has its usage. */
typedef enum AlikeUsage {
    ALIKE_USAGE_ASKED,  /* on a chunk of its own, if stream_options ask for it */
    ALIKE_USAGE_LAST,   /* on the chunk with the finish reason                 */
    ALIKE_USAGE_EVERY,  /* on each chunk                                       */
    ALIKE_USAGE_X_GROQ, /* in x_groq on the chunk with the finish reason       */
} AlikeUsage;

enum {
    ALIKE_STOP_ARRAY = 1,       /* stop is an array, never a text                          */
    ALIKE_NO_NULL = 2,          /* content is never null                                   */
    ALIKE_TURNS = 4,            /* behind system messages user and assistant by turns      */
    ALIKE_JOINED = 8,           /* content that is text alone is one string                */
    ALIKE_PARTS = 16,           /* content of a reply is an array of parts, thinking first */
    ALIKE_CUMULATIVE = 32,      /* each chunk holds all that was said so far, as message   */
    ALIKE_BLANKS = 64,          /* blank lines before a whole answer                       */
    ALIKE_FULL_PARAMETERS = 128 /* every tool has parameters                              */
};

/* Lists are names with ';' between them. */
typedef struct Alike {
    const char *path;  /* "/v1/chat/completions" */
    const char *key;   /* NULL: no authorization may come */
    int denied_status; /* what a wrong key gives ... */
    const char *denied;
    const char *members;      /* of the body; null and all others are refused */
    const char *in_message;   /* of a message but name, which tool messages alone have then */
    const char *roles;        /* system, user, assistant and these */
    const char *in_function;  /* of a tool's function */
    const char *no_keywords;  /* in a tool's parameters */
    const char *choices;      /* words of tool_choice */
    const char *model_prefix; /* of every model's name, or NULL */
    size_t id_length;         /* of tool call ids, letters and digits; 0: any id */
    const char *reasoning;    /* the name that reasoning has in a reply, or NULL: none comes */
    const char *comment;      /* in a stream before everything else, or NULL */
    const char *finish;       /* instead of "stop", or NULL */
    AlikeCall call;
    AlikeUsage usage;
    int flags;
} Alike;

/* alike: static data. */
Vendor *vendor_alike_new(const Alike *alike);

#endif
