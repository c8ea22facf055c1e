/* SPDX-License-Identifier: Apache-2.0 */
/* Requests heard and answered: words as events, the whole conversation replayed, limits, stops,
 * several answers, several prompts, usage, and cancelling in the middle. */
#include "eliza_run.h"

#define MEN "{\"role\":\"user\",\"content\":\"Men are all alike.\"}"

static void test_words(void)
{
    eliza_expect(PB_KIND_CHAT, "{\"messages\":[" MEN "]}",
                 "text 0 text=IN\ntext 0 text= WHAT\ntext 0 text= WAY\nfinish 0 text=stop\n"
                 "usage known=3 in=4 out=3\ndone");
    eliza_expect(PB_KIND_CHAT,
                 "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Men "
                 "are\"},{\"type\":\"text\",\"text\":\"all alike.\"}]}]}",
                 "text 0 text=IN\ntext 0 text= WHAT\ntext 0 text= WAY\nfinish 0 text=stop\n"
                 "usage known=3 in=4 out=3\ndone");
}

static void test_conversation(void)
{
    eliza_expect(PB_KIND_CHAT,
                 "{\"messages\":[{\"role\":\"user\",\"content\":\"yes\"},"
                 "{\"role\":\"assistant\",\"content\":\"my my my\"},"
                 "{\"role\":\"user\",\"content\":\"yes\"}]}",
                 "text 0 text=YOU\ntext 0 text= ARE\ntext 0 text= SURE\nfinish 0 text=stop\n"
                 "usage known=3 in=5 out=3\ndone");
}

static void test_greeting(void)
{
    g_autofree char *log = eliza_run(PB_KIND_CHAT, "doctor", "{\"messages\":[]}", -1);
    g_assert_true(g_str_has_prefix(log, "text 0 text=HOW\ntext 0 text= DO\n"));
    g_assert_true(g_str_has_suffix(log, "usage known=3 in=0 out=9\ndone"));
}

static void test_limits(void)
{
    eliza_expect(PB_KIND_CHAT, "{\"max_tokens\":2,\"messages\":[" MEN "]}",
                 "text 0 text=IN\ntext 0 text= WHAT\nfinish 0 text=length\n"
                 "usage known=3 in=4 out=2\ndone");
    eliza_expect(PB_KIND_CHAT, "{\"max_completion_tokens\":3,\"messages\":[" MEN "]}",
                 "text 0 text=IN\ntext 0 text= WHAT\ntext 0 text= WAY\nfinish 0 text=stop\n"
                 "usage known=3 in=4 out=3\ndone");
    eliza_expect(PB_KIND_CHAT, "{\"stop\":\" W\",\"messages\":[" MEN "]}",
                 "text 0 text=IN\nfinish 0 text=stop\nusage known=3 in=4 out=1\ndone");
    eliza_expect(PB_KIND_CHAT, "{\"stop\":[\"AY\",\"\",\"T W\"],\"messages\":[" MEN "]}",
                 "text 0 text=IN\ntext 0 text= WHA\nfinish 0 text=stop\n"
                 "usage known=3 in=4 out=2\ndone");
    eliza_expect(PB_KIND_CHAT, "{\"stop\":\"IN\",\"messages\":[" MEN "]}",
                 "finish 0 text=stop\nusage known=3 in=4 out=0\ndone");
}

static void test_several(void)
{
    g_autofree char *log =
        eliza_run(PB_KIND_CHAT, "doctor", "{\"n\":3,\"seed\":5,\"messages\":[" MEN "]}", -1);
    g_autofree char *again =
        eliza_run(PB_KIND_CHAT, "doctor", "{\"n\":3,\"seed\":5,\"messages\":[" MEN "]}", -1);
    g_assert_cmpstr(log, ==, again);
    g_assert_nonnull(strstr(log, "finish 0 "));
    g_assert_nonnull(strstr(log, "finish 2 "));
    g_assert_null(strstr(log, "finish 3 "));
}

static void test_completion(void)
{
    eliza_expect(PB_KIND_COMPLETION, "{\"prompt\":\"yes\"}",
                 "text 0 text=YOU\ntext 0 text= SEEM\ntext 0 text= QUITE\ntext 0 text= POSITIVE\n"
                 "finish 0 text=stop\nusage known=3 in=1 out=4\ndone");
    eliza_expect(PB_KIND_COMPLETION,
                 "{\"max_tokens\":1,\"prompt\":[\"yes\",\"Everyone is alike\"]}",
                 "text 0 text=YOU\nfinish 0 text=length\ntext 1 text=IN\nfinish 1 text=length\n"
                 "usage known=3 in=4 out=2\ndone");
}

static void test_count(void)
{
    eliza_expect(PB_KIND_COUNT_TOKENS,
                 "{\"messages\":[{\"role\":\"system\",\"content\":\"be  kind\\n\"}," MEN "]}",
                 "usage known=1 in=6 out=0\ndone");
}

static void test_cancel(void)
{
    g_autofree char *log =
        eliza_run(PB_KIND_CHAT, "doctor", "{\"n\":100,\"messages\":[" MEN "]}", 2);
    g_assert_true(g_str_has_prefix(log, "text 0 text=IN\ntext 0 text= WHAT\n"));
    g_assert_null(strstr(log, "finish 1"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eliza/answer/words", test_words);
    g_test_add_func("/eliza/answer/conversation", test_conversation);
    g_test_add_func("/eliza/answer/greeting", test_greeting);
    g_test_add_func("/eliza/answer/limits", test_limits);
    g_test_add_func("/eliza/answer/several", test_several);
    g_test_add_func("/eliza/answer/completion", test_completion);
    g_test_add_func("/eliza/answer/count", test_count);
    g_test_add_func("/eliza/answer/cancel", test_cancel);
    return g_test_run();
}
