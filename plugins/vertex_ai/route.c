/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names: which API a model is asked by, and what of its name stands in the URL. A name
 * nobody knows is taken for a Gemini, so that a new one works on the day it comes. Pure; any
 * thread. */
#include "route.h"

#include "lib/str.h"

typedef struct Pattern {
    const char *glob;
    Api api;
    const char *publisher;
} Pattern;

/* The first that matches. */
static const Pattern patterns[] = {
    {"claude*", API_CLAUDE, "anthropic"},
    {"chat-bison*", API_PALM_CHAT, "google"},
    {"codechat-bison*", API_PALM_CHAT, "google"},
    {"text-bison*", API_PALM_TEXT, "google"},
    {"text-unicorn*", API_PALM_TEXT, "google"},
    {"code-bison*", API_PALM_TEXT, "google"},
    {"gemini-embedding-2*", API_EMBED_CONTENT, "google"},
    {"gemini-embedding*", API_EMBED_PREDICT, "google"},
    {"text-embedding*", API_EMBED_PREDICT, "google"},
    {"text-multilingual-embedding*", API_EMBED_PREDICT, "google"},
    {"textembedding-gecko*", API_EMBED_PREDICT, "google"},
    {"imagen*", API_IMAGEN, "google"},
    {"imagegeneration*", API_IMAGEN, "google"},
    {"mistral*", API_PARTNER, "mistralai"},
    {"ministral*", API_PARTNER, "mistralai"},
    {"codestral*", API_PARTNER, "mistralai"},
    {"jamba*", API_PARTNER, "ai21"},
};

static bool is_number(pb_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len > 0;
}

static bool take_prefix(pb_str *name, const char *prefix)
{
    if (!pbs_has_prefix(*name, pbs_str(prefix)))
        return false;
    *name = pbs_skip(*name, strlen(prefix));
    return true;
}

Route vertex_route(pb_str model)
{
    static const char *const own[] = {"google/",
                                      "anthropic/",
                                      "mistralai/",
                                      "ai21/",
                                      "gemini/",
                                      "publishers/google/models/",
                                      "publishers/anthropic/models/",
                                      "publishers/mistralai/models/",
                                      "publishers/ai21/models/"};
    bool published = false;
    for (size_t i = 0; !published && i < sizeof own / sizeof own[0]; i++)
        published = take_prefix(&model, own[i]);
    Route route = {API_GEMINI, "google", model, false};
    if (!published && memchr(model.len > 0 ? model.ptr : "", '/', model.len) != NULL)
        return (Route){API_MAAS, NULL, model, false};
    if (is_number(model))
        return (Route){API_GEMINI, NULL, model, true};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        if (!pbs_glob(pbs_str(patterns[i].glob), model))
            continue;
        route.api = patterns[i].api;
        route.publisher = patterns[i].publisher;
        return route;
    }
    return route;
}
