/* SPDX-License-Identifier: Apache-2.0 */
/* One child: its pipes or its terminal, read by poll until what was awaited came or the child
 * ended. A child that says nothing for PATIENCE is killed, and the test fails with what it had
 * printed. For the test's thread. */
#include "e2e/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PATIENCE_MS 30000

struct Process {
    pid_t pid;
    int in, out, err; /* of this side; -1: none. A terminal is `out` alone */
    bool terminal;
    GString *out_text, *err_text;
    size_t out_seen, err_seen; /* behind the last await */
    const char *feed;
    size_t feed_len;
};

/* ---- Starting ---- */

typedef struct Ends {
    int in, out, err; /* the child's */
} Ends;

static void make_pipe(int *ours, int *theirs, bool we_read)
{
    int fds[2];

    g_assert_cmpint(pipe2(fds, O_CLOEXEC), ==, 0);
    *ours = fds[we_read ? 0 : 1];
    *theirs = fds[we_read ? 1 : 0];
}

static int open_or_die(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0644);

    g_assert_cmpint(fd, >=, 0);
    return fd;
}

static void open_terminal(Process *process, Ends *ends)
{
    struct winsize size = {.ws_row = 24, .ws_col = 120};
    struct termios mode;

    process->out = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    g_assert_cmpint(process->out, >=, 0);
    g_assert_cmpint(grantpt(process->out), ==, 0);
    g_assert_cmpint(unlockpt(process->out), ==, 0);
    ends->in = ends->out = ends->err = open_or_die(ptsname(process->out), O_RDWR);
    g_assert_cmpint(ioctl(ends->in, TIOCSWINSZ, &size), ==, 0);
    g_assert_cmpint(tcgetattr(ends->in, &mode), ==, 0);
    mode.c_oflag &= (tcflag_t)~OPOST; /* bytes as they were written */
    g_assert_cmpint(tcsetattr(ends->in, TCSANOW, &mode), ==, 0);
    process->terminal = true;
}

static void open_pipes(Process *process, const Box *box, ProcessInput input, Ends *ends)
{
    if (input == PROCESS_PIPE)
        make_pipe(&process->in, &ends->in, false);
    else
        ends->in = open_or_die(box->stdin_from != NULL ? box->stdin_from : "/dev/null", O_RDONLY);
    make_pipe(&process->err, &ends->err, true);
    if (box->stdout_to == NULL)
        make_pipe(&process->out, &ends->out, true);
    else if (box->stdout_to[0] != '\0')
        ends->out = open_or_die(box->stdout_to, O_WRONLY | O_CREAT);
    else
        ends->out = -1;
}

/* In the child: only what is safe behind a fork. */
static void become(const Ends *ends, bool terminal, const char *program, char **argv, char **env)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};

    sigaction(SIGPIPE, &standard, NULL);
    if (terminal) {
        setsid();
        ioctl(ends->in, TIOCSCTTY, 0);
    }
    dup2(ends->in, STDIN_FILENO);
    dup2(ends->err, STDERR_FILENO);
    if (ends->out >= 0)
        dup2(ends->out, STDOUT_FILENO);
    else
        close(STDOUT_FILENO);
    execve(program, argv, env);
    _exit(127);
}

static void close_ends(const Ends *ends)
{
    close(ends->in);
    if (ends->out >= 0 && ends->out != ends->in)
        close(ends->out);
    if (ends->err != ends->in)
        close(ends->err);
}

Process *process_spawn(Box *box, ProcessInput input, const char *const *argv)
{
    Process *process = g_new0(Process, 1);
    g_autofree char *program = g_build_filename(build_dir(), "bin", "patchbay", NULL);
    g_autoptr(GPtrArray) words = g_ptr_array_new_null_terminated(8, NULL, TRUE);
    g_autoptr(GPtrArray) env = g_ptr_array_new_null_terminated(8, NULL, TRUE);
    Ends ends = {-1, -1, -1};
    int started[2];
    char nothing;

    process->in = process->out = process->err = -1;
    process->out_text = g_string_new(NULL);
    process->err_text = g_string_new(NULL);
    g_ptr_array_add(words, (char *)"patchbay");
    for (; *argv != NULL; argv++)
        g_ptr_array_add(words, (char *)*argv);
    for (guint i = 0; i < box->env->len; i++)
        g_ptr_array_add(env, g_ptr_array_index(box->env, i));
    if (input == PROCESS_TERMINAL)
        open_terminal(process, &ends);
    else
        open_pipes(process, box, input, &ends);
    g_assert_cmpint(pipe2(started, O_CLOEXEC), ==, 0);
    process->pid = fork();
    g_assert_cmpint(process->pid, >=, 0);
    if (process->pid == 0)
        become(&ends, process->terminal, program, (char **)words->pdata, (char **)env->pdata);
    close_ends(&ends);
    close(started[1]);
    g_assert_cmpint(read(started[0], &nothing, 1), ==,
                    0); /* the program runs, the terminal is its own */
    close(started[0]);
    return process;
}

void process_feed(Process *process, const char *text, size_t len)
{
    process->feed = text;
    process->feed_len = len;
    g_assert_cmpint(fcntl(process->in, F_SETFL, O_NONBLOCK), ==, 0);
}

/* ---- Reading ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void give_up(Process *process, const char *why)
{
    kill(process->pid, SIGKILL);
    g_error("%s\n--- stdout\n%s\n--- stderr\n%s\n---", why, process->out_text->str,
            process->err_text->str);
}

static void take(int *fd, GString *text)
{
    char buffer[16384];
    ssize_t n = read(*fd, buffer, sizeof buffer);

    if (n > 0)
        g_string_append_len(text, buffer, n);
    else if (n == 0 || errno != EINTR)
        close_fd(fd); /* a terminal ends with EIO */
}

static void give(Process *process)
{
    ssize_t n = write(process->in, process->feed, process->feed_len);

    if (n > 0) {
        process->feed += n;
        process->feed_len -= (size_t)n;
    } else if (errno != EAGAIN && errno != EINTR) {
        process->feed_len = 0; /* it reads no more */
    }
    if (process->feed_len == 0)
        close_fd(&process->in);
}

/* One wait. False: the child has closed everything. */
static bool turn(Process *process)
{
    bool feeds = process->in >= 0 && process->feed != NULL;
    struct pollfd fds[3] = {{.fd = process->out, .events = POLLIN},
                            {.fd = process->err, .events = POLLIN},
                            {.fd = feeds ? process->in : -1, .events = POLLOUT}};
    int n;

    if (feeds && process->feed_len == 0) {
        close_fd(&process->in);
        return true;
    }
    if (process->out < 0 && process->err < 0)
        return false;
    n = poll(fds, 3, PATIENCE_MS);
    if (n == 0)
        give_up(process, "the command says nothing more and does not end");
    if (fds[2].revents != 0)
        give(process);
    if (fds[0].revents != 0)
        take(&process->out, process->out_text);
    if (fds[1].revents != 0)
        take(&process->err, process->err_text);
    return true;
}

static void await(Process *process, const GString *text, size_t *seen, const char *wanted)
{
    const char *at;

    while ((at = strstr(text->str + *seen, wanted)) == NULL) {
        if (!turn(process)) {
            g_autofree char *why = g_strdup_printf("it ended and never printed \"%s\"", wanted);

            give_up(process, why);
        }
    }
    *seen = (size_t)(at - text->str) + strlen(wanted);
}

void process_await(Process *process, const char *text)
{
    await(process, process->out_text, &process->out_seen, text);
}

void process_await_err(Process *process, const char *text)
{
    if (process->terminal)
        process_await(process, text);
    else
        await(process, process->err_text, &process->err_seen, text);
}

/* ---- Doing things to it ---- */

void process_type(Process *process, const char *text)
{
    int fd = process->terminal ? process->out : process->in;
    size_t len = strlen(text);

    g_assert_cmpint(write(fd, text, len), ==, (ssize_t)len);
}

void process_signal(Process *process, int signo)
{
    g_assert_cmpint(kill(process->pid, signo), ==, 0);
}

void process_close_out(Process *process)
{
    close_fd(&process->out);
}

Run *process_end(Process *process)
{
    Run *run = g_new0(Run, 1);
    int status = 0;

    while (turn(process))
        continue;
    g_assert_cmpint(waitpid(process->pid, &status, 0), ==, process->pid);
    run->code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    close_fd(&process->in);
    run->out_len = process->out_text->len;
    run->out = g_string_free(process->out_text, FALSE);
    run->err = g_string_free(process->err_text, FALSE);
    g_free(process);
    return run;
}
