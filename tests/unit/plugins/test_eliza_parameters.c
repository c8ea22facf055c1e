/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of parameters ELIZA cannot honour, what counts as not asked for, and wrong kinds. */
#include "eliza_run.h"

#include <string.h>

#define HI "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]"

static void expect_notes(const char *body, const char *notes)
{
    g_autofree char *log = eliza_run(PB_KIND_CHAT, "doctor", body, -1);
    char *events = strstr(log, "text 0");
    g_assert_nonnull(events);
    *events = '\0';
    g_assert_cmpstr(log, ==, notes);
}

static void test_notes(void)
{
    expect_notes("{" HI "}", "");
    expect_notes("{\"temperature\":0.5,\"top_p\":1," HI "}",
                 "note dropped temperature\nnote dropped top_p\n");
    expect_notes("{\"tools\":[{\"type\":\"function\"}],\"logprobs\":true," HI "}",
                 "note unmet tools\nnote unmet logprobs\n");
    expect_notes("{\"user\":\"u\",\"modalities\":[\"text\",\"audio\"],\"logit_bias\":"
                 "{\"1\":5}," HI "}",
                 "note unmet logit_bias\nnote unmet modalities\nnote dropped user\n");
    expect_notes("{\"response_format\":{\"type\":\"json_object\"}," HI "}",
                 "note unmet response_format\n");
    expect_notes("{\"messages\":[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"developer\","
                 "\"content\":\"b\"},{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}",
                 "note dropped messages\nnote unmet messages\n");
}

static void test_not_asked(void)
{
    expect_notes("{\"tools\":[],\"logprobs\":false,\"temperature\":null,\"logit_bias\":{},"
                 "\"response_format\":{\"type\":\"text\"},\"seed\":null,\"n\":null,"
                 "\"modalities\":[\"text\"],\"stream\":true," HI "}",
                 "");
}

static void test_wrong(void)
{
    static const char *const bad[][2] = {
        {"{}", "fail 4 param=messages\nfailed"},
        {"{\"messages\":\"x\"}", "fail 4 param=messages\nfailed"},
        {"{\"seed\":\"x\"," HI "}", "fail 4 param=seed\nfailed"},
        {"{\"seed\":1.5," HI "}", "fail 4 param=seed\nfailed"},
        {"{\"n\":0," HI "}", "fail 4 param=n\nfailed"},
        {"{\"n\":129," HI "}", "fail 4 param=n\nfailed"},
        {"{\"max_tokens\":0," HI "}", "fail 4 param=max_tokens\nfailed"},
        {"{\"max_completion_tokens\":-1," HI "}", "fail 4 param=max_completion_tokens\nfailed"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        eliza_expect(PB_KIND_CHAT, bad[i][0], bad[i][1]);
    eliza_expect(PB_KIND_COMPLETION, "{\"prompt\":[1,2]}", "fail 4 param=prompt\nfailed");
    eliza_expect(PB_KIND_COMPLETION, "{\"prompt\":[]}", "fail 4 param=prompt\nfailed");
    eliza_expect(PB_KIND_COMPLETION, "{}", "fail 4 param=prompt\nfailed");
    eliza_expect(PB_KIND_CHAT, NULL, "fail 4 param=messages\nfailed");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eliza/parameters/notes", test_notes);
    g_test_add_func("/eliza/parameters/not-asked", test_not_asked);
    g_test_add_func("/eliza/parameters/wrong", test_wrong);
    return g_test_run();
}
