/* SPDX-License-Identifier: MIT */
/* Asks one question twice: for the whole answer, and for the answer as it comes. Built by
 * CMakeLists.txt beside it, or by
 *
 *     cc blocking.c $(pkg-config --cflags --libs patchbay) -o blocking
 *
 * and run as `./blocking MODEL REQUEST`, the request being JSON as OpenAI takes it. Without
 * arguments it talks to ELIZA, who needs no key. */
#include <patchbay/patchbay.h>
#include <stdio.h>

static int print_chunk(void *user, patchbay_call *call, const char *chunk, size_t len)
{
    (void)call;
    fwrite(chunk, 1, len, user); /* one JSON object in OpenAI's shape */
    fputc('\n', user);
    return PATCHBAY_GO_ON;
}

static int fail(patchbay_error *error)
{
    int code = patchbay_error_exit_code(error);

    fprintf(stderr, "%s: %s\n", patchbay_error_class_name(error), patchbay_error_message(error));
    patchbay_error_free(error);
    return code;
}

/* The answer in one piece, then the same once more as a stream. */
static int ask(patchbay *pb, const patchbay_request *request)
{
    patchbay_error *error = NULL;
    patchbay_result *result = patchbay_run_request(pb, request, &error);

    if (result == NULL)
        return fail(error);
    puts(patchbay_result_answer(result));
    patchbay_result_free(result);
    result = patchbay_stream(pb, request, print_chunk, stdout, &error);
    if (result == NULL)
        return fail(error);
    fprintf(stderr, "report: %s\n", patchbay_result_report(result));
    patchbay_result_free(result);
    return 0;
}

int main(int argc, char **argv)
{
    const char *json = "{\"messages\":[{\"role\":\"user\",\"content\":\"Men are all alike.\"}]}";
    patchbay_error *error = NULL;
    patchbay *pb = patchbay_open(NULL, &error);
    patchbay_request *request;
    int code;

    if (pb == NULL)
        return fail(error);
    request = patchbay_request_new("chat", argc > 2 ? argv[2] : json);
    patchbay_request_model(request, argc > 1 ? argv[1] : "eliza/doctor");
    code = ask(pb, request);
    patchbay_request_free(request);
    patchbay_close(pb);
    return code;
}
