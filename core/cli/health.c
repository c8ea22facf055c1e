/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay health`: who is well. What calls have shown comes first, then the answers to probes
 * (health_probe.c). --watch looks again and again. */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct HealthOptions {
    char *timeout, *every;
    gboolean watch, billed, passive;
    gint64 timeout_ms; /* 0: as configured */
    gint64 every_ms;
} HealthOptions;

/* The rows, or NULL with the code in *exit_code after a message. */
static GPtrArray *collect(patchbay *pb, int n, char **models, int *exit_code)
{
    GPtrArray *rows = cli_health_rows_new();
    patchbay_error *error = NULL;

    if (n == 0) {
        cli_health_add_all(rows, pb);
        cli_health_sort(rows);
    }
    for (int i = 0; i < n; i++) {
        if (cli_health_add(rows, pb, models[i], &error))
            continue;
        *exit_code = cli_print_error(error);
        patchbay_error_free(error);
        g_ptr_array_unref(rows);
        return NULL;
    }
    return rows;
}

static void print_rows(const GPtrArray *rows, const HealthOptions *options, bool interrupted)
{
    if (cli_options.json) {
        cli_health_print_json(rows, interrupted);
        return;
    }
    if (options->watch && isatty(STDOUT_FILENO))
        fputs("\033[H\033[2J", stdout);
    cli_health_print_table(rows, interrupted);
    if (options->watch)
        putchar('\n');
}

static int look(patchbay *pb, int n, char **models, const HealthOptions *options, bool *interrupted)
{
    int code = CLI_INTERNAL;
    GPtrArray *rows = collect(pb, n, models, &code);

    if (rows == NULL)
        return code;
    if (options->passive ||
        cli_health_ask(rows, pb, options->timeout_ms, options->billed, interrupted)) {
        print_rows(rows, options, *interrupted);
        code = cli_health_exit_code(rows, *interrupted);
        if (code == CLI_CONFIG)
            fprintf(stderr, "patchbay: nothing is configured that could be asked; 'patchbay "
                            "providers' tells what each provider lacks\n");
    }
    g_ptr_array_unref(rows);
    return code;
}

/* Turns the loop until the time is over. False: Ctrl-C. */
static bool wait_for_next(patchbay *pb, gint64 every_ms)
{
    gint64 end = g_get_monotonic_time() + every_ms * 1000, now;

    while ((now = g_get_monotonic_time()) < end) {
        struct pollfd fds[2] = {{.fd = patchbay_fd(pb), .events = POLLIN},
                                {.fd = cli_signal_fd(), .events = POLLIN}};

        if (poll(fds, 2, (int)MIN((end - now) / 1000 + 1, G_MAXINT)) < 0 && errno != EINTR)
            return false;
        if (fds[1].revents != 0 && cli_signal_take() != 0)
            return false;
        patchbay_dispatch(pb);
    }
    return true;
}

/* Ends by Ctrl-C, or when nobody reads any more, with the code of the last round that was whole. */
static int watch(patchbay *pb, int n, char **models, const HealthOptions *options)
{
    int code = CLI_OK;
    bool interrupted = false;

    for (;;) {
        int now = look(pb, n, models, options, &interrupted);

        if (interrupted)
            return code;
        code = now;
        if (code != CLI_OK && code != CLI_NETWORK)
            return code;
        if (!cli_print_model_text("", 0) || !wait_for_next(pb, options->every_ms))
            return code;
    }
}

static bool read_times(HealthOptions *options)
{
    if (options->timeout != NULL)
        options->timeout_ms = cli_parse_time("--timeout", options->timeout);
    options->every_ms = cli_parse_time("--every", options->every != NULL ? options->every : "10s");
    return options->timeout_ms >= 0 && options->every_ms > 0;
}

int cli_health(int argc, char **argv)
{
    static HealthOptions options; /* keeps what it points to */
    const GOptionEntry entries[] = {
        {"passive", 0, 0, G_OPTION_ARG_NONE, &options.passive,
         "only what calls have shown; ask nobody", NULL},
        {"billed", 0, 0, G_OPTION_ARG_NONE, &options.billed,
         "where nothing is free, ask for one token (under the day's cap)", NULL},
        {"timeout", 0, 0, G_OPTION_ARG_STRING, &options.timeout,
         "for each answer; else [health] timeout, else 30s", "TIME"},
        {"watch", 0, 0, G_OPTION_ARG_NONE, &options.watch, "again and again until Ctrl-C", NULL},
        {"every", 0, 0, G_OPTION_ARG_STRING, &options.every, "with --watch: 10s", "TIME"},
        G_OPTION_ENTRY_NULL};
    bool interrupted = false;
    patchbay *pb;
    int code;

    if (!cli_parse(&argc, &argv, "[MODEL...]", "Shows which targets are well.", entries, false,
                   &code))
        return code;
    if (options.passive && options.billed)
        return cli_usage("--passive asks nobody and --billed pays; leave one of them out");
    if (options.every != NULL && !options.watch)
        return cli_usage("--every goes with --watch; a single look has no next one");
    if (!read_times(&options))
        return CLI_USAGE;
    if ((pb = cli_open(&code)) == NULL)
        return code;
    if (options.watch)
        code = watch(pb, argc - 1, argv + 1, &options);
    else
        code = look(pb, argc - 1, argv + 1, &options, &interrupted);
    patchbay_close(pb);
    return code;
}
