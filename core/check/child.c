/* SPDX-License-Identifier: Apache-2.0 */
/* One child a job. It shares a page with the parent, where it says what it is about to do, and
 * two memory files: what it tells, and what the driver writes to standard output, which it must
 * not. The parent waits for the children's ends and for their time limits, nothing else. */
#include "check/child.h"

#include "check/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Child {
    PbayJob *job;
    pid_t pid;
    int pidfd, told, output; /* memory files; -1 */
    PbayCheckPlace *place;   /* shared */
    gint64 deadline;         /* monotonic, us */
    bool killed;
} Child;

static int memory_file(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);

    if (fd < 0)
        g_error("no memory file for a check: %s", g_strerror(errno));
    return fd;
}

static Child *child_new(PbayJob *job)
{
    Child *child = g_new0(Child, 1);

    child->job = job;
    child->pidfd = -1;
    child->told = memory_file("told");
    child->output = memory_file("output");
    child->place =
        mmap(NULL, sizeof *child->place, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (child->place == MAP_FAILED)
        g_error("no memory for a check: %s", g_strerror(errno));
    child->place->at = -1;
    return child;
}

static void child_free(Child *child)
{
    if (child->pidfd >= 0)
        close(child->pidfd);
    close(child->told);
    close(child->output);
    munmap(child->place, sizeof *child->place);
    g_free(child->job);
    g_free(child);
}

static void run_job(const PbayChildSpec *spec, const Child *child)
{
    pbay_check_run_job(spec->options, spec->recordings, child->job->check, child->job->recording,
                       child->place, child->told);
}

/* Sanitizers look for leaks when a program exits: two checks of a recording do. */
static _Noreturn void leave(const PbayCheck *check)
{
    fflush(NULL);
    if (check->run == pbay_check_recorded || check->run == pbay_check_cut)
        exit(0);
    _exit(0);
}

static void start(const PbayChildSpec *spec, Child *child)
{
    fflush(NULL);
    child->deadline = g_get_monotonic_time() + (gint64)spec->timeout * G_USEC_PER_SEC;
    child->pid = fork();
    if (child->pid < 0)
        g_error("no process for a check: %s", g_strerror(errno));
    if (child->pid == 0) {
        const struct rlimit none = {0, 0};

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setrlimit(RLIMIT_CORE, &none);
        dup2(child->output, STDOUT_FILENO);
        run_job(spec, child);
        leave(child->job->check);
    }
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    if (child->pidfd < 0)
        g_error("the system cannot watch a process: %s", g_strerror(errno));
}

/* All of a memory file as text; g_free. */
static char *text_of(int fd)
{
    off_t len = lseek(fd, 0, SEEK_END);
    char *text = g_malloc0((size_t)MAX(len, 0) + 1);

    if (len > 0 && pread(fd, text, (size_t)len, 0) < 0)
        text[0] = '\0';
    return text;
}

static void judge_end(const PbayChildSpec *spec, const Child *child, int status,
                      PbayVerdict *verdict)
{
    char *found = NULL;

    if (child->killed)
        found = g_strdup_printf("expected to be over in %d s, still running then: killed",
                                spec->timeout);
    else if (WIFSIGNALED(status))
        found = g_strdup_printf("the driver crashed: signal %d (%s)", WTERMSIG(status),
                                strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        found = g_strdup_printf("the driver ended the process with status %d", WEXITSTATUS(status));
    if (found != NULL)
        pbay_verdict_add(verdict, child->place->doing, child->place->at, found);
}

static void judge_output(const Child *child, PbayVerdict *verdict)
{
    g_autofree char *output = text_of(child->output);
    g_autofree char *clean = g_utf8_make_valid(output, -1);

    if (clean[0] != '\0')
        pbay_verdict_add(
            verdict, child->place->doing, child->place->at,
            g_strdup_printf("the driver wrote to standard output: %.200s", g_strchomp(clean)));
}

static void finish(const PbayChildSpec *spec, Child *child, int status)
{
    PbayVerdict *verdict = pbay_verdict_new();
    g_autofree char *told = text_of(child->told);

    child->place->doing[sizeof child->place->doing - 1] = '\0';
    pbay_verdict_read(verdict, told);
    verdict->runs = child->place->runs;
    judge_end(spec, child, status, verdict);
    judge_output(child, verdict);
    spec->done(spec->user, child->job, verdict);
    pbay_verdict_free(verdict);
    child_free(child);
}

static int status_of(const Child *child)
{
    int status = 0;

    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static int wait_ms(const GPtrArray *alive)
{
    gint64 now = g_get_monotonic_time(), first = G_MAXINT64;

    for (guint i = 0; i < alive->len; i++) {
        const Child *child = g_ptr_array_index(alive, i);

        if (!child->killed)
            first = MIN(first, child->deadline);
    }
    return first == G_MAXINT64 ? -1 : (int)CLAMP((first - now) / 1000 + 1, 0, G_MAXINT);
}

/* Waits until a child ended or is too late; kills those. */
static void wait_some(GPtrArray *alive)
{
    g_autofree struct pollfd *fds = g_new0(struct pollfd, alive->len);

    for (guint i = 0; i < alive->len; i++)
        fds[i] = (struct pollfd){.fd = ((Child *)alive->pdata[i])->pidfd, .events = POLLIN};
    poll(fds, alive->len, wait_ms(alive));
    for (guint i = 0; i < alive->len; i++) {
        Child *child = alive->pdata[i];

        if (fds[i].revents == 0 && !child->killed && g_get_monotonic_time() >= child->deadline) {
            child->killed = true;
            kill(child->pid, SIGKILL);
        }
    }
}

static bool is_over(const Child *child)
{
    struct pollfd fd = {.fd = child->pidfd, .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

static void run_here(const PbayChildSpec *spec, PbayJob *job)
{
    Child *child = child_new(job);

    run_job(spec, child);
    finish(spec, child, 0);
}

void pbay_children_run(const PbayChildSpec *spec, GQueue *jobs)
{
    g_autoptr(GPtrArray) alive = g_ptr_array_new();

    while (alive->len != 0 || !g_queue_is_empty(jobs)) {
        if (spec->no_fork) {
            run_here(spec, g_queue_pop_head(jobs));
            continue;
        }
        while (alive->len < spec->jobs && !g_queue_is_empty(jobs)) {
            Child *child = child_new(g_queue_pop_head(jobs));

            start(spec, child);
            g_ptr_array_add(alive, child);
        }
        wait_some(alive);
        for (guint i = alive->len; i-- > 0;) {
            Child *child = alive->pdata[i];

            if (is_over(child)) {
                g_ptr_array_remove_index(alive, i);
                finish(spec, child, status_of(child));
            }
        }
    }
}
