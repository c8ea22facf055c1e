/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON of a chat request made of options. */
#include "cli/cli.h"
#include "e2e/rig.h"

#include <string.h>

static void is_json(json_object *tree, const char *wanted)
{
    g_assert_cmpstr(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE),
                    ==, wanted);
    json_object_put(tree);
}

static void test_nothing(void)
{
    const CliChatOptions options = {0};

    is_json(cli_chat_body(&options), "{}");
}

static void test_numbers(void)
{
    CliChatOptions options = {.max_tokens = (char *)"50", .temperature = (char *)"0.70"};
    static const char *const bad_counts[] = {"0", "-1", "1.5", "x", "", "2147483648", " 5"};
    static const char *const bad_temperatures[] = {"-0.1", "2.01", "x", "", "nan", "1 2", "inf"};

    is_json(cli_chat_body(&options), "{\"max_tokens\":50,\"temperature\":0.70}");
    for (size_t i = 0; i < G_N_ELEMENTS(bad_counts); i++) {
        options.max_tokens = (char *)bad_counts[i];
        g_assert_null(cli_chat_body(&options));
    }
    options.max_tokens = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(bad_temperatures); i++) {
        options.temperature = (char *)bad_temperatures[i];
        g_assert_null(cli_chat_body(&options));
    }
}

static void test_tools(void)
{
    Box *box = box_new();
    const char *bare = box_file(box, "bare", "{\"name\":\"a\",\"parameters\":{}}", -1);
    const char *several =
        box_file(box, "several",
                 "[{\"type\":\"function\",\"function\":{\"name\":\"b\"}},{\"type\":\"custom\","
                 "\"custom\":{\"name\":\"c\"}}]",
                 -1);
    char *files[] = {(char *)bare, (char *)several, NULL};
    char *nameless[] = {(char *)box_file(box, "nameless", "{\"x\":1}", -1), NULL};
    CliChatOptions options = {.tools = files};

    is_json(cli_chat_body(&options),
            "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\",\"parameters\":{}}},"
            "{\"type\":\"function\",\"function\":{\"name\":\"b\"}},"
            "{\"type\":\"custom\",\"custom\":{\"name\":\"c\"}}]}");
    options.tools = nameless;
    g_assert_null(cli_chat_body(&options));
    box_free(box);
}

static void test_schema(void)
{
    Box *box = box_new();
    CliChatOptions options = {.schema = (char *)box_file(box, "bare", "{\"type\":\"object\"}", -1)};

    is_json(cli_chat_body(&options),
            "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\","
            "\"schema\":{\"type\":\"object\"}}}}");
    options.schema =
        (char *)box_file(box, "named", "{\"name\":\"n\",\"strict\":true,\"schema\":{}}", -1);
    is_json(cli_chat_body(&options),
            "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\","
            "\"strict\":true,\"schema\":{}}}}");
    options.schema = (char *)box_file(box, "array", "[]", -1);
    g_assert_null(cli_chat_body(&options));
    box_free(box);
}

static void test_user_message(void)
{
    char *images[] = {(char *)"https://example.org/a.png", NULL};
    char *missing[] = {(char *)"/nonexistent/a.png", NULL};
    CliChatOptions options = {0};

    is_json(cli_user_message(&options, "hi"), "{\"role\":\"user\",\"content\":\"hi\"}");
    options.images = images;
    is_json(cli_user_message(&options, "hi"),
            "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"},{\"type\":"
            "\"image_url\",\"image_url\":{\"url\":\"https://example.org/a.png\"}}]}");
    options.images = missing;
    g_assert_null(cli_user_message(&options, "hi"));
}

/* An image alone needs no text, and an empty text part is refused by vendors. */
static void test_image_without_text(void)
{
    char *images[] = {(char *)"https://example.org/a.png", NULL};
    CliChatOptions options = {.images = images};

    is_json(cli_user_message(&options, ""),
            "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
            "\"https://example.org/a.png\"}}]}");
}

static void test_sent(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *schema = box_file(rig->box, "s.json", "{\"type\":\"object\"}", -1);
    const char *image = box_file(rig->box, "i.png", "\x89PNG\r\n\x1a\n", 8);
    g_autoptr(Run) run =
        box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--schema", schema, "--image", image,
                "--image", "https://example.org/b.png", "what is it?", NULL);
    json_object *sent;

    assert_run(run, 0, "You said: what is it?\n");
    sent = rig_sent(rig, 0);
    g_assert_cmpstr(json_text_at(sent, "response_format.json_schema.name"), ==, "answer");
    g_assert_cmpstr(json_text_at(sent, "messages.0.content.1.image_url.url"), ==,
                    "data:image/png;base64,iVBORw0KGgo=");
    g_assert_cmpstr(json_text_at(sent, "messages.0.content.2.image_url.url"), ==,
                    "https://example.org/b.png");
    json_object_put(sent);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/chat-body/nothing", test_nothing);
    g_test_add_func("/cli/chat-body/numbers", test_numbers);
    g_test_add_func("/cli/chat-body/tools", test_tools);
    g_test_add_func("/cli/chat-body/schema", test_schema);
    g_test_add_func("/cli/chat-body/user-message", test_user_message);
    g_test_add_func("/cli/chat-body/image-without-text", test_image_without_text);
    g_test_add_func("/cli/chat-body/sent", test_sent);
    return g_test_run();
}
