/* SPDX-License-Identifier: Apache-2.0 */
/* Where a prompt comes from: operands, a file, stdin, and their order. */
#include "cli/cli.h"
#include "e2e/rig.h"

#include <string.h>

static char *prompt_of(const CliChatOptions *options, const char *first, const char *second)
{
    char *argv[] = {(char *)"chat", (char *)first, (char *)second, NULL};
    int argc = first == NULL ? 1 : second == NULL ? 2 : 3;

    return cli_prompt_read(options, argc, argv);
}

static void test_operands(void)
{
    const CliChatOptions options = {0};
    g_autofree char *one = prompt_of(&options, "hello", NULL);
    g_autofree char *two = prompt_of(&options, "hello", "world");
    g_autofree char *dash = prompt_of(&options, "a", "-"); /* only alone it means stdin */

    g_assert_cmpstr(one, ==, "hello");
    g_assert_cmpstr(two, ==, "hello world");
    g_assert_cmpstr(dash, ==, "a -");
    g_assert_null(prompt_of(&options, "\xFF", NULL));
}

static void test_file(void)
{
    Box *box = box_new();
    CliChatOptions options = {.file = (char *)box_file(box, "f", "from a file\n", -1)};
    g_autofree char *alone = prompt_of(&options, NULL, NULL);
    g_autofree char *both = prompt_of(&options, "Sum up:", NULL);

    g_assert_cmpstr(alone, ==, "from a file\n");
    g_assert_cmpstr(both, ==, "Sum up:\n\nfrom a file\n");
    options.system = (char *)"\xFF";
    g_assert_null(prompt_of(&options, NULL, NULL));
    box_free(box);
}

static void test_body(void)
{
    const CliChatOptions options = {.system = (char *)"Be brief."};
    json_object *body = cli_prompt_body(&options, "hi");

    g_assert_cmpstr(json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN), ==,
                    "{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                    "{\"role\":\"user\",\"content\":\"hi\"}]}");
    json_object_put(body);
}

static void test_stdin(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *file = box_file(rig->box, "f", "the file", -1);
    g_autoptr(Run) piped = box_run(rig->box, "piped", "chat", "-m", "openai/parrot", NULL);
    g_autoptr(Run) dash = box_run(rig->box, "piped", "chat", "-m", "openai/parrot", "-", NULL);
    g_autoptr(Run) both =
        box_run(rig->box, "piped", "chat", "-m", "openai/parrot", "-f", file, "-", NULL);
    g_autoptr(Run) read =
        box_run(rig->box, "piped", "chat", "-m", "openai/parrot", "-f", "-", NULL);
    g_autoptr(Run) dashes =
        box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--", "--what", "is", "this", NULL);

    assert_run(piped, 0, "You said: piped\n");
    assert_run(dash, 0, "You said: piped\n");
    assert_run(both, 0, "You said: piped\n\nthe file\n");
    assert_run(read, 0, "You said: piped\n");
    assert_run(dashes, 0, "You said: --what is this\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/prompt/operands", test_operands);
    g_test_add_func("/cli/prompt/file", test_file);
    g_test_add_func("/cli/prompt/body", test_body);
    g_test_add_func("/cli/prompt/stdin", test_stdin);
    return g_test_run();
}
