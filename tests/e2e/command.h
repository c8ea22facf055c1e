/* SPDX-License-Identifier: Apache-2.0 */
/* Running the built `patchbay` command in a box: a folder with its own conf.d, home and
 * environment, where no key and no file of the machine leaks in. A run is awaited by what it
 * prints, never by time; one that hangs for PATIENCE is killed and fails the test with what it had
 * printed. For the test's thread. */
#ifndef TESTS_E2E_COMMAND_H
#define TESTS_E2E_COMMAND_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct Box {
    char *dir, *conf; /* conf.d of this box */
    GPtrArray *env;   /* char *: "NAME=value" */
    char *stdout_to;  /* a file to write stdout to, "" closes it; NULL: captured */
    char *
        stdin_from; /* a file to read stdin from; NULL: /dev/null, or the text given to box_start */
} Box;

Box *box_new(void);
void box_free(Box *box);
void box_env(Box *box, const char *name, const char *value); /* NULL: removes it */
void box_conf(Box *box, const char *name, const char *text); /* conf/NAME.conf */
/* "[provider NAME] base-url = URL, api-key = KEY" (either may be NULL) in a file of its own. */
void box_provider(Box *box, const char *name, const char *url, const char *key);
/* Only these drivers of the build (NULL-terminated): others, which need no key, would be asked too.
 */
void box_drivers(Box *box, ...) G_GNUC_NULL_TERMINATED;
/* A file in the box; its path lives as long as the box. */
const char *box_file(Box *box, const char *name, const void *bytes, gssize len);
const char *box_path(Box *box, const char *name); /* of a file that need not be there */

/* A run that ended. */
typedef struct Run {
    char *out, *err; /* NUL-terminated */
    size_t out_len;
    int code; /* exit code; 1000 + signal when one killed it */
} Run;

void run_free(Run *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Run, run_free)

/* Runs `patchbay ARGS` (NULL-terminated) to its end; input, if any, comes through a pipe. */
Run *box_run(Box *box, const char *input, ...) G_GNUC_NULL_TERMINATED;
Run *box_run_argv(Box *box, const char *input, size_t input_len, const char *const *argv);

/* A run under way. */
typedef struct Process Process;
Process *box_start(Box *box, ...) G_GNUC_NULL_TERMINATED;
/* On a terminal of its own (stdin, stdout and stderr). */
Process *box_start_terminal(Box *box, ...) G_GNUC_NULL_TERMINATED;
/* Until stdout (or the terminal) has printed that behind the last await; aborts with what it has.
 */
void process_await(Process *process, const char *text);
void process_await_err(Process *process, const char *text);
void process_type(Process *process, const char *text); /* to its terminal, or its stdin */
void process_signal(Process *process, int signo);
void process_close_out(Process *process); /* as head(1) does */
Run *process_end(Process *process);       /* waits; frees the process */

/* The answers of the command. */
void assert_run(const Run *run, int code, const char *out);
void assert_contains(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);
/* One message that begins with "patchbay: " and holds these parts (NULL-terminated); nothing on
 * stdout. */
void assert_complaint(const Run *run, int code, ...) G_GNUC_NULL_TERMINATED;

/* How tests say "not here": for what a machine may lack. */
const char *build_dir(void);

#endif
