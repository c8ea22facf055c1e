/* SPDX-License-Identifier: Apache-2.0 */
/* A call beside signals: polls the library, the signal descriptor and standard output, so that
 * Ctrl-C and a closed reader cancel the call at once, however slow the provider is. */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int signal_fd = -1;

void cli_signals_init(void)
{
    sigset_t set;

    if (signal_fd >= 0)
        return;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int cli_signal_fd(void)
{
    return signal_fd;
}

int cli_signal_take(void)
{
    struct signalfd_siginfo info;

    return read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static int on_chunk(void *user, patchbay_call *call, const char *chunk, size_t len)
{
    CliRun *run = user;

    (void)call;
    if (run->chunk == NULL || run->chunk(run->user, chunk, len))
        return PATCHBAY_GO_ON;
    run->output_closed = true;
    return PATCHBAY_STOP;
}

static void on_done(void *user, patchbay_call *call, const patchbay_result *result)
{
    CliRun *run = user;

    (void)call;
    run->result = patchbay_result_ref(result);
}

static void take_signal(CliRun *run, patchbay_call *call)
{
    int signo = cli_signal_take();

    if (signo == 0)
        return;
    run->interrupted = true;
    run->terminated = run->terminated || signo == SIGTERM;
    patchbay_call_cancel(call);
}

/* One turn of the loop. Output is watched only where something is written before the end: an image
 * on its way to a file goes on without a reader. False: polling failed. */
static bool turn(CliRun *run, patchbay_call *call)
{
    bool watched = run->chunk != NULL && !run->output_closed;
    struct pollfd fds[3] = {{.fd = patchbay_fd(run->pb), .events = POLLIN},
                            {.fd = signal_fd, .events = POLLIN},
                            {.fd = watched ? STDOUT_FILENO : -1, .events = 0}};

    if (poll(fds, 3, -1) < 0 && errno != EINTR) {
        fprintf(stderr, "patchbay: internal: poll failed: %s\n", g_strerror(errno));
        return false;
    }
    if (fds[1].revents != 0)
        take_signal(run, call);
    if (watched && fds[2].revents != 0) {
        run->output_closed = true;
        patchbay_call_cancel(call);
    }
    patchbay_dispatch(run->pb);
    return true;
}

bool cli_run(CliRun *run, const patchbay_request *request)
{
    patchbay_error *error = NULL;
    patchbay_call *call = patchbay_submit(run->pb, request, on_chunk, on_done, run, &error);

    if (call == NULL) {
        cli_print_error(error);
        patchbay_error_free(error);
        return false;
    }
    while (run->result == NULL && turn(run, call))
        continue;
    patchbay_call_free(call);
    return run->result != NULL;
}

int cli_run_end(const CliRun *run)
{
    const patchbay_error *error = patchbay_result_error(run->result);

    cli_print_report(patchbay_result_report(run->result));
    if (run->interrupted)
        return CLI_INTERRUPTED;
    if (run->output_closed)
        return CLI_OK;
    return error != NULL ? cli_print_error(error) : CLI_OK;
}
