/* SPDX-License-Identifier: Apache-2.0 */
/* Turns: what joins, what counts for none, which results belong to which turn. */
#include "lib/turns.h"

#include "lib/str.h"
#include "sdk/host.h"

#define SYSTEM "{\"role\":\"system\",\"content\":\"Be brief.\"}"
#define HI     "{\"role\":\"user\",\"content\":\"Hi\"}"
#define HELLO  "{\"role\":\"assistant\",\"content\":\"Hello.\"}"
#define EMPTY  "{\"role\":\"assistant\",\"content\":\" \"}"
#define CALL   "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"a\"}]}"
#define RESULT "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"4\"}"

/* Turns as "u0-2 a2-3". */
static void turns(const char *messages, const char *expected)
{
    g_autoptr(Host) host = host_new();
    const pb_json *list = host_json(host, messages);
    g_autoptr(GString) text = g_string_new(NULL);
    pbs_turn turn = {PBS_TURN_NONE, 0, 0};
    while (pbs_turn_next(&host->ctx, list, &turn))
        g_string_append_printf(text, "%s%c%zu-%zu", text->len > 0 ? " " : "",
                               turn.role == PBS_TURN_USER ? 'u' : 'a', turn.from, turn.to);
    g_assert_cmpstr(text->str, ==, expected);
}

static void test_turns(void)
{
    turns("[]", "");
    turns("[" SYSTEM "]", "");
    turns("[" HI "," HELLO "," HI "]", "u0-1 a1-2 u2-3");
    turns("[" SYSTEM "," HI "," HI "," SYSTEM "," HELLO "]", "u1-4 a4-5");
    turns("[" HI "," CALL "," RESULT "," HI "]", "u0-1 a1-2 u2-4");
    turns("[" HI "," EMPTY "," HI "]", "u0-3");
    turns("[" HELLO "," HI "]", "a0-1 u1-2");
}

static void content(const char *message, bool expected)
{
    g_autoptr(Host) host = host_new();
    g_assert_cmpint(pbs_message_has_content(&host->ctx, host_json(host, message)), ==, expected);
}

static void test_content(void)
{
    content(HI, true);
    content(EMPTY, false);
    content("{\"content\":null}", false);
    content("{\"content\":[]}", false);
    content("{\"content\":[{\"type\":\"text\",\"text\":\"\\n\"}]}", false);
    content("{\"content\":[{\"type\":\"refusal\",\"refusal\":\"No\"}]}", true);
    content("{\"content\":[{\"type\":\"image_url\"}]}", true);
}

static void test_answers(void)
{
    g_autoptr(Host) host = host_new();
    const pb_json *list = host_json(host, "[" HI "," CALL "," RESULT "]");
    pbs_turn turn = {PBS_TURN_USER, 2, 3}, other = {PBS_TURN_USER, 0, 1};
    g_assert_true(pbs_turn_answers(&host->ctx, list, &turn, PBS_STR("a")));
    g_assert_false(pbs_turn_answers(&host->ctx, list, &turn, PBS_STR("b")));
    g_assert_false(pbs_turn_answers(&host->ctx, list, &other, PBS_STR("a")));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/turns/turns", test_turns);
    g_test_add_func("/sdk/turns/content", test_content);
    g_test_add_func("/sdk/turns/answers", test_answers);
    return g_test_run();
}
