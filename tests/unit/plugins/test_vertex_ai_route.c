/* SPDX-License-Identifier: Apache-2.0 */
/* Which API a model's name leads to, and what of it stands in the URL. */
#include "route.h"

#include "lib/str.h"

#include <glib.h>

static void check(const char *name, Api api, const char *publisher, const char *model)
{
    Route route = vertex_route(pbs_str(name));
    g_autofree char *given =
        route.model.len > 0 ? g_strndup(route.model.ptr, route.model.len) : g_strdup("");
    g_assert_cmpint((int)route.api, ==, (int)api);
    g_assert_cmpstr(route.publisher, ==, publisher);
    g_assert_cmpstr(given, ==, model);
    g_assert_true(route.endpoint == (publisher == NULL && api == API_GEMINI));
}

static void test_names(void)
{
    check("gemini-2.5-flash", API_GEMINI, "google", "gemini-2.5-flash");
    check("google/gemini-2.5-flash", API_GEMINI, "google", "gemini-2.5-flash");
    check("something-new", API_GEMINI, "google", "something-new");
    check("1234567890123", API_GEMINI, NULL, "1234567890123");
    check("gemini/1234567890123", API_GEMINI, NULL, "1234567890123");
    check("claude-sonnet-4-5@20250929", API_CLAUDE, "anthropic", "claude-sonnet-4-5@20250929");
    check("anthropic/claude-3-haiku", API_CLAUDE, "anthropic", "claude-3-haiku");
    check("mistral-small-2503", API_PARTNER, "mistralai", "mistral-small-2503");
    check("mistralai/codestral-2501", API_PARTNER, "mistralai", "codestral-2501");
    check("jamba-1.5-large", API_PARTNER, "ai21", "jamba-1.5-large");
    check("meta/llama-4-scout", API_MAAS, NULL, "meta/llama-4-scout");
    check("chat-bison@002", API_PALM_CHAT, "google", "chat-bison@002");
    check("codechat-bison", API_PALM_CHAT, "google", "codechat-bison");
    check("text-bison-32k", API_PALM_TEXT, "google", "text-bison-32k");
    check("text-embedding-005", API_EMBED_PREDICT, "google", "text-embedding-005");
    check("gemini-embedding-001", API_EMBED_PREDICT, "google", "gemini-embedding-001");
    check("gemini-embedding-2-preview", API_EMBED_CONTENT, "google", "gemini-embedding-2-preview");
    check("imagen-4.0-generate-001", API_IMAGEN, "google", "imagen-4.0-generate-001");
    check("publishers/google/models/gemini-2.5-pro", API_GEMINI, "google", "gemini-2.5-pro");
    check("publishers/anthropic/models/claude-opus-4", API_CLAUDE, "anthropic", "claude-opus-4");
    check("publishers/meta/models/llama-4", API_MAAS, NULL, "publishers/meta/models/llama-4");
    check("", API_GEMINI, "google", "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vertex_ai/route/names", test_names);
    return g_test_run();
}
