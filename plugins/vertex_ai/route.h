/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the platform's APIs serves a model, by its name. Pure; any thread. */
#ifndef VERTEX_AI_ROUTE_H
#define VERTEX_AI_ROUTE_H

#include <patchbay/driver.h>
#include <stdbool.h>

typedef enum Api {
    API_GEMINI,        /* publishers/google: generateContent             */
    API_CLAUDE,        /* publishers/anthropic: rawPredict               */
    API_PARTNER,       /* publishers/mistralai, ai21: rawPredict, bodies in OpenAI's shape */
    API_MAAS,          /* endpoints/openapi: OpenAI's own shape          */
    API_PALM_CHAT,     /* chat-bison: predict with messages              */
    API_PALM_TEXT,     /* text-bison: predict with a prompt              */
    API_EMBED_PREDICT, /* text-embedding-005: predict                    */
    API_EMBED_CONTENT, /* gemini-embedding-2: embedContent               */
    API_IMAGEN         /* imagen-4: predict                              */
} Api;

typedef struct Route {
    Api api;
    const char *publisher; /* "google"; NULL: no publisher's model       */
    pb_str model;          /* as it stands in the URL or in the body     */
    bool endpoint;         /* model is the number of an endpoint         */
} Route;

/* "gemini-2.5-flash", "google/gemini-2.5-flash", "claude-sonnet-4-5@20250929", "1234567890" (an
 * endpoint), "meta/llama-4-maverick-17b-128e-instruct-maas", "chat-bison@002" ... */
Route vertex_route(pb_str model);

#endif
