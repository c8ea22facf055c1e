/* SPDX-License-Identifier: Apache-2.0 */
/* The stub vendor in a process of its own, so that its memory and its descriptors are not those
 * of the test. Start it before any thread. One a program. */
#ifndef TESTS_E2E_FORKED_STUB_H
#define TESTS_E2E_FORKED_STUB_H

#include "stub/stub.h"

#include <glib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct ForkedStub {
    pid_t pid;
    int port;
} ForkedStub;

static inline void forked_stub_serve(StubHandler handler, int out)
{
    Stub *stub;
    int port;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails takes it along */
    stub = stub_new(handler, NULL);
    stub_forget(stub);
    port = stub_port(stub);
    g_assert_cmpint(write(out, &port, sizeof port), ==, (gssize)sizeof port);
    for (;;)
        pause();
}

static inline ForkedStub forked_stub_start(StubHandler handler)
{
    ForkedStub stub = {0};
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    stub.pid = fork();
    g_assert_cmpint(stub.pid, >=, 0);
    if (stub.pid == 0)
        forked_stub_serve(handler, ends[1]);
    g_assert_cmpint(read(ends[0], &stub.port, sizeof stub.port), ==, (gssize)sizeof stub.port);
    close(ends[0]);
    close(ends[1]);
    return stub;
}

static inline void forked_stub_stop(const ForkedStub *stub)
{
    kill(stub->pid, SIGKILL);
    waitpid(stub->pid, NULL, 0);
}

/* Bytes of this process that are in memory. */
static inline size_t resident_bytes(void)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) words = NULL;

    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    words = g_strsplit(text, " ", 3);
    return (size_t)g_ascii_strtoull(words[1], NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

/* Sanitizers keep freed memory: its size means nothing there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RESIDENT_MEANS_LITTLE 1
#else
#define RESIDENT_MEANS_LITTLE 0
#endif

#endif
