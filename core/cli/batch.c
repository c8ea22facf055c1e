/* SPDX-License-Identifier: Apache-2.0 */
/* Many calls at once beside signals: all are submitted, each is timed, Ctrl-C or the time limit
 * ends what is still under way, and a terminal sees how far it is. It waits for the end of each
 * call that began, so that nothing borrowed is gone before its callback. */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Flight {
    struct Flights *all;
    CliJob *job;
    patchbay_call *call;
    gint64 started; /* us */
} Flight;

typedef struct Flights {
    CliBatch *batch;
    Flight *each;
    size_t n, left; /* submitted, not yet done */
    gint64 started, deadline;
    bool cancelled, progress;
} Flights;

static void on_done(void *user, patchbay_call *call, const patchbay_result *result)
{
    Flight *flight = user;

    (void)call;
    flight->job->result = patchbay_result_ref(result);
    flight->job->ms = (g_get_monotonic_time() - flight->started) / 1000;
    flight->all->left--;
}

/* One line that is written over; the end takes it away. */
static void show_progress(const Flights *flights, bool end)
{
    if (!flights->progress)
        return;
    if (end)
        fputs("\r\033[K", stderr);
    else
        fprintf(stderr, "\r\033[Kpatchbay: %s %zu of %zu, %d s", flights->batch->verb,
                flights->n - flights->left, flights->n,
                (int)((g_get_monotonic_time() - flights->started) / G_USEC_PER_SEC));
    fflush(stderr);
}

static void cancel_all(Flights *flights)
{
    flights->cancelled = true;
    for (size_t i = 0; i < flights->n; i++) {
        Flight *flight = &flights->each[i];

        if (flight->job->result != NULL)
            continue;
        flight->job->cancelled = true;
        patchbay_call_cancel(flight->call);
    }
}

/* How long one poll may take, in ms. */
static int patience(const Flights *flights, gint64 now)
{
    gint64 wait = flights->cancelled ? G_MAXINT : MAX(flights->deadline - now, 0) / 1000 + 1;

    return (int)MIN(wait, flights->progress ? 1000 : G_MAXINT);
}

/* False: polling failed. */
static bool turn(Flights *flights)
{
    CliBatch *batch = flights->batch;
    struct pollfd fds[2] = {{.fd = patchbay_fd(batch->pb), .events = POLLIN},
                            {.fd = cli_signal_fd(), .events = POLLIN}};

    if (poll(fds, 2, patience(flights, g_get_monotonic_time())) < 0 && errno != EINTR) {
        fprintf(stderr, "patchbay: internal: poll failed: %s\n", g_strerror(errno));
        return false;
    }
    if (fds[1].revents != 0 && cli_signal_take() != 0) {
        batch->interrupted = true;
        cancel_all(flights);
    }
    if (!flights->cancelled && g_get_monotonic_time() >= flights->deadline)
        cancel_all(flights);
    patchbay_dispatch(batch->pb);
    show_progress(flights, false);
    return true;
}

/* False after a message. */
static bool submit(Flights *flights, CliJob *job)
{
    Flight *flight = &flights->each[flights->n];
    patchbay_error *error = NULL;

    *flight = (Flight){.all = flights, .job = job, .started = g_get_monotonic_time()};
    flight->call = patchbay_submit(flights->batch->pb, job->request, NULL, on_done, flight, &error);
    if (flight->call == NULL) {
        cli_print_error(error);
        patchbay_error_free(error);
        return false;
    }
    flights->n++;
    flights->left++;
    return true;
}

/* The terminal of the progress line obeys escape sequences, and -v writes lines of its own. */
static bool shows_progress(void)
{
    const char *term = g_getenv("TERM");

    return isatty(STDERR_FILENO) && cli_options.verbose == 0 && term != NULL &&
           strcmp(term, "dumb") != 0;
}

bool cli_batch_run(CliBatch *batch, CliJob *jobs, size_t n)
{
    Flights flights = {.batch = batch, .started = g_get_monotonic_time()};
    bool good = true;

    flights.each = g_new0(Flight, n);
    flights.deadline = batch->limit_ms > 0 ? flights.started + batch->limit_ms * 1000 : G_MAXINT64;
    flights.progress = shows_progress();
    for (size_t i = 0; good && i < n; i++)
        if (jobs[i].request != NULL)
            good = submit(&flights, &jobs[i]);
    show_progress(&flights, false);
    while (good && flights.left > 0)
        good = turn(&flights);
    show_progress(&flights, true);
    if (!good)
        cancel_all(&flights);
    for (size_t i = 0; i < flights.n; i++) {
        patchbay_call_wait(flights.each[i].call);
        patchbay_call_free(flights.each[i].call);
    }
    g_free(flights.each);
    return good;
}
