/* SPDX-License-Identifier: Apache-2.0 */
/* The `patchbay` command: finds the subcommand and hands it its arguments. */
#include "cli/cli.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"chat", cli_chat, "talk to a model; without a prompt on a terminal, a conversation"},
    {"complete", cli_complete, "continue a text (legacy completions)"},
    {"embed", cli_embed, "embeddings of texts"},
    {"image", cli_image, "make an image"},
    {"rerank", cli_rerank, "rank documents by a query"},
    {"tokens", cli_tokens, "count the tokens of a prompt"},
    {"request", cli_request, "send a canonical JSON request as it stands"},
    {"record", cli_record, "make a live call and record it, with all secrets replaced"},
    {"explain", cli_explain, "show what would be sent where, without sending"},
    {"cost", cli_cost, "tell what tokens cost, or what a request would"},
    {"health", cli_health, "show which targets are well, and ask them"},
    {"test", cli_test, "ask each model for one word, and tell which work"},
    {"models", cli_models, "list models"},
    {"providers", cli_providers, "list providers and what they lack"},
    {"drivers", cli_drivers, "list drivers, or show one"},
    {"config", cli_config, "check or show the configuration"},
};

static void print_help(FILE *to)
{
    fprintf(to, "Usage: patchbay COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
    fprintf(to,
            "\n'patchbay COMMAND --help' tells its options. Models are written PROVIDER/NAME:\n"
            "openai/gpt-4o-mini, anthropic/claude-sonnet-4-5, ollama/llama3.2, eliza/doctor.\n");
}

/* A closed standard descriptor would be given to the next file or socket that is opened, and
 * answers would go there: the null device stands in, opened so that using it fails as on a closed
 * one. */
static void open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(CLI_INTERNAL);
}

/* Arguments are UTF-8 also where the environment names no locale, as in most containers. */
static void set_locale(void)
{
    setlocale(LC_ALL, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;

    open_standard_files();
    set_locale();
    signal(SIGPIPE, SIG_IGN);
    if (name == NULL) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return cli_finish_output(CLI_OK);
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("patchbay %s\n", patchbay_version());
        return cli_finish_output(CLI_OK);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(name, commands[i].name) == 0)
            return cli_finish_output(commands[i].run(argc - 1, argv + 1));
    return cli_usage("there is no command '%s'; 'patchbay --help' lists them", name);
}
