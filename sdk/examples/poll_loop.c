/* SPDX-License-Identifier: MIT */
/* Patchbay inside a loop of the program's own: no thread is started, and callbacks run within
 * patchbay_dispatch. GLib, libuv or Qt watch patchbay_fd() in the same way. Two questions are on
 * their way at once; the models are named on the command line. */
#include <patchbay/patchbay.h>
#include <poll.h>
#include <stdio.h>

typedef struct Question {
    const char *model;
    unsigned chunks;
    int failed;
} Question;

static int on_chunk(void *user, patchbay_call *call, const char *chunk, size_t len)
{
    Question *question = user;

    (void)call;
    question->chunks++;
    printf("%s: %.*s\n", question->model, (int)len, chunk);
    return PATCHBAY_GO_ON; /* or PATCHBAY_PAUSE, and later patchbay_call_resume */
}

static void on_done(void *user, patchbay_call *call, const patchbay_result *result)
{
    const patchbay_error *error = patchbay_result_error(result);
    Question *question = user;

    (void)call;
    question->failed = error != NULL;
    printf("%s: %s after %u chunks\n", question->model,
           error != NULL ? patchbay_error_message(error) : "done", question->chunks);
}

/* The handle is given back at once: nobody here wants to cancel. */
static void ask(patchbay *pb, Question *question)
{
    patchbay_request *request = patchbay_request_new(
        "chat", "{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"I am sad.\"}]}");

    patchbay_request_model(request, question->model);
    patchbay_call_free(patchbay_submit(pb, request, on_chunk, on_done, question, NULL));
    patchbay_request_free(request);
}

int main(int argc, char **argv)
{
    Question questions[2] = {{.model = argc > 1 ? argv[1] : "eliza/doctor"},
                             {.model = argc > 2 ? argv[2] : "eliza/doctor"}};
    patchbay_opts *opts = patchbay_opts_new();
    patchbay_error *error = NULL;
    struct pollfd fd = {.events = POLLIN};
    patchbay *pb;

    patchbay_opts_embed(opts, 1);
    pb = patchbay_open(opts, &error);
    patchbay_opts_free(opts);
    if (pb == NULL) {
        fprintf(stderr, "%s\n", patchbay_error_message(error));
        patchbay_error_free(error);
        return 2;
    }
    ask(pb, &questions[0]);
    ask(pb, &questions[1]);
    fd.fd = patchbay_fd(pb);
    while (patchbay_dispatch(pb) > 0) /* the program's own descriptors would be polled here too */
        poll(&fd, 1, -1);
    patchbay_close(pb);
    return questions[0].failed || questions[1].failed;
}
