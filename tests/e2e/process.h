/* SPDX-License-Identifier: Apache-2.0 */
/* A run of the command under way, as command.c starts it. */
#ifndef TESTS_E2E_PROCESS_H
#define TESTS_E2E_PROCESS_H

#include "e2e/command.h"

typedef enum ProcessInput { PROCESS_NULL, PROCESS_PIPE, PROCESS_TERMINAL } ProcessInput;

/* argv without the program's name, NULL-terminated. */
Process *process_spawn(Box *box, ProcessInput input, const char *const *argv);
/* What the pipe brings before it ends; text must outlive the process. */
void process_feed(Process *process, const char *text, size_t len);

#endif
