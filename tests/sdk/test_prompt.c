/* SPDX-License-Identifier: Apache-2.0 */
/* Prompts: every form with one turn and with several, what stands at the ends, what is no text. */
#include "lib/prompt.h"

#include "lib/str.h"
#include "sdk/host.h"

#define SYSTEM "{\"role\":\"system\",\"content\":\"Be brief.\"}"
#define HI     "{\"role\":\"user\",\"content\":\"Hi\"}"
#define HELLO  "{\"role\":\"assistant\",\"content\":\"Hello.\"}"
#define BYE    "{\"role\":\"user\",\"content\":\"Bye\"}"

static char *prompt_of(const pbs_prompt *prompt, const char *messages, const char *log)
{
    g_autoptr(Host) host = host_new();
    pbs_buf out;
    pbs_buf_init(&out, 4096);
    g_assert_true(pbs_prompt_write(&host->ctx, prompt, host_json(host, messages), &out));
    char *text = g_strndup(out.ptr, out.len);
    pbs_buf_free(&out);
    host_expect(host, log);
    return text;
}

static void form(pbs_prompt_form form, const char *messages, const char *expected)
{
    pbs_prompt prompt = {.form = form};
    g_autofree char *text = prompt_of(&prompt, messages, "");
    g_assert_cmpstr(text, ==, expected);
}

static void test_one_turn(void)
{
    form(PBS_PROMPT_CLAUDE, "[" HI "]", "\n\nHuman: Hi\n\nAssistant:");
    form(PBS_PROMPT_LLAMA2, "[" SYSTEM "," HI "]",
         "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST]");
    form(PBS_PROMPT_LLAMA3, "[" HI "]",
         "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
         "<|start_header_id|>assistant<|end_header_id|>\n\n");
    form(PBS_PROMPT_MISTRAL, "[" HI "]", "<s>[INST] Hi [/INST]");
    form(PBS_PROMPT_CHATML, "[" HI "]", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
    form(PBS_PROMPT_BOT, "[" HI "]", "User: Hi\nBot:");
    form(PBS_PROMPT_ROLES, "[" HI "]", "User: Hi\nAssistant:");
}

static void test_turns(void)
{
#define TALK "[" SYSTEM "," HI "," HELLO "," BYE "]"
    form(PBS_PROMPT_CLAUDE, TALK,
         "Be brief.\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Bye\n\nAssistant:");
    form(PBS_PROMPT_LLAMA2, TALK,
         "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello. </s><s>[INST] Bye [/INST]");
    form(PBS_PROMPT_LLAMA3, TALK,
         "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
         "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
         "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>"
         "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
         "<|start_header_id|>assistant<|end_header_id|>\n\n");
    form(PBS_PROMPT_MISTRAL, TALK,
         "<s>[INST] Be brief.\n\nHi [/INST] Hello.</s>[INST] Bye [/INST]");
    form(PBS_PROMPT_CHATML, TALK,
         "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
         "<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
         "<|im_start|>assistant\n");
    form(PBS_PROMPT_BOT, TALK, "Be brief.\nUser: Hi\nBot: Hello.\nUser: Bye\nBot:");
    form(PBS_PROMPT_ROLES, TALK, "Be brief.\nUser: Hi\nAssistant: Hello.\nUser: Bye\nAssistant:");
}

/* Messages of one role are one turn, wherever system messages stand; parts join as they are. */
static void test_merged(void)
{
    form(PBS_PROMPT_LLAMA2,
         "[" HI "," SYSTEM "," BYE ",{\"role\":\"user\",\"content\":\"\"},"
         "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
         "{\"type\":\"text\",\"text\":\"b\"}]},{\"role\":\"developer\",\"content\":\"Be kind.\"}]",
         "<s>[INST] <<SYS>>\nBe brief.\nBe kind.\n<</SYS>>\n\nHi\nBye\nab [/INST]");
    form(PBS_PROMPT_BOT, "[{\"role\":\"system\",\"content\":\"\"}," HI "]", "User: Hi\nBot:");
}

/* What the assistant began is for the model to go on with. */
static void test_open(void)
{
    form(PBS_PROMPT_CLAUDE, "[" HI ",{\"role\":\"assistant\",\"content\":\"The answer is \"}]",
         "\n\nHuman: Hi\n\nAssistant: The answer is");
    form(PBS_PROMPT_LLAMA2, "[" HI "," HELLO "]", "<s>[INST] Hi [/INST] Hello.");
    form(PBS_PROMPT_CHATML, "[" HI ",{\"role\":\"assistant\",\"content\":null,\"refusal\":\"No\"}]",
         "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nNo");
}

static void test_made_up(void)
{
#define MADE "note 3 messages: this model's prompt begins with the user: a turn is made up\n"
    pbs_prompt prompt = {.form = PBS_PROMPT_MISTRAL};
    g_autofree char *first = prompt_of(&prompt, "[" SYSTEM "," HELLO "," HI "]", MADE);
    g_assert_cmpstr(first, ==, "<s>[INST] Be brief.\n\n. [/INST] Hello.</s>[INST] Hi [/INST]");
    g_autofree char *none = prompt_of(&prompt, "[" SYSTEM "]", MADE);
    g_assert_cmpstr(none, ==, "<s>[INST] Be brief.\n\n. [/INST]");
}

static void test_options(void)
{
    pbs_prompt prompt = {.form = PBS_PROMPT_LLAMA2, .no_begin = true, .no_system = true};
    g_autofree char *text = prompt_of(&prompt, TALK, "");
    g_assert_cmpstr(text, ==, "[INST] Hi [/INST] Hello. </s><s>[INST] Bye [/INST]");
    g_assert_cmpstr(pbs_prompt_stop(PBS_PROMPT_CLAUDE), ==, "\n\nHuman:");
    g_assert_cmpstr(pbs_prompt_stop(PBS_PROMPT_BOT), ==, "User:");
    g_assert_null(pbs_prompt_stop(PBS_PROMPT_LLAMA3));
}

static void test_system(void)
{
    g_autoptr(Host) host = host_new();
    pbs_buf out;
    pbs_buf_init(&out, 20);
    const pb_json *messages =
        host_json(host, "[" SYSTEM "," HI ",{\"role\":\"developer\",\"content\":\"Be kind.\"}]");
    g_assert_true(pbs_prompt_system(&host->ctx, messages, &out));
    g_assert_true(pbs_is(pbs_buf_str(&out), "Be brief.\nBe kind."));
    g_assert_false(pbs_prompt_system(&host->ctx, messages, &out)); /* the bound */
    pbs_buf_free(&out);
}

static void test_no_text(void)
{
    pbs_prompt prompt = {.form = PBS_PROMPT_BOT};
    g_autofree char *image = prompt_of(
        &prompt,
        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"See\"},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}},{\"type\":\"file\"}]}]",
        "note 4 image_url: this model takes a prompt, which is text only\n");
    g_assert_cmpstr(image, ==, "User: See\nBot:");
    g_autofree char *tools = prompt_of(
        &prompt,
        "[" HI ",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"a\"}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"4\"}]",
        "note 4 messages: this model takes a prompt, which has no form for tool calls and "
        "their results\n");
    g_assert_cmpstr(tools, ==, "User: Hi\nBot: \nUser: 4\nBot:");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/prompt/one-turn", test_one_turn);
    g_test_add_func("/sdk/prompt/turns", test_turns);
    g_test_add_func("/sdk/prompt/merged", test_merged);
    g_test_add_func("/sdk/prompt/open", test_open);
    g_test_add_func("/sdk/prompt/made-up", test_made_up);
    g_test_add_func("/sdk/prompt/options", test_options);
    g_test_add_func("/sdk/prompt/system", test_system);
    g_test_add_func("/sdk/prompt/no-text", test_no_text);
    return g_test_run();
}
