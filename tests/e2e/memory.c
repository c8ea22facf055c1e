/* SPDX-License-Identifier: Apache-2.0 */
/* Memory does not grow with the number of calls: what is resident after 10,000 is what was after
 * 1,000, within 2 MiB, whole answers and streams by turns, in-process and over HTTP. */
#include "e2e/forked_stub.h"

#include <patchbay/patchbay.h>
#include <string.h>

#define FIRST  1000u
#define LAST   10000u
#define GROWTH ((size_t)2 << 20)

static StubScript *vendor(void *user, const StubRequest *request)
{
    StubScript *script;

    (void)user;
    if (strstr(request->body->str, "\"stream\":true") == NULL)
        return stub_json(200, "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                              "\"assistant\",\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],"
                              "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}");
    script = stub_script_new(200, "text/event-stream");
    for (int i = 0; i < 10; i++)
        stub_script_text(script, "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":"
                                 "{\"content\":\"word \"}}]}\n\n");
    stub_script_text(script, "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},"
                             "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
    return script;
}

static int on_chunk(void *user, patchbay_call *call, const char *chunk, size_t len)
{
    unsigned *chunks = user;

    (void)call;
    (void)chunk;
    (void)len;
    ++*chunks;
    return PATCHBAY_GO_ON;
}

static void call_once(patchbay *pb, const patchbay_request *request, unsigned n)
{
    patchbay_error *error = NULL;
    unsigned chunks = 0;
    patchbay_result *result = n % 2 == 0 ? patchbay_run_request(pb, request, &error)
                                         : patchbay_stream(pb, request, on_chunk, &chunks, &error);

    if (result == NULL)
        g_error("call %u: %s", n, patchbay_error_message(error));
    g_assert_true((n % 2 == 1) == (chunks > 1));
    patchbay_result_free(result);
}

static patchbay *open_core(int port)
{
    patchbay_opts *opts = patchbay_opts_new();
    g_autofree char *drivers = g_build_filename(g_getenv("PBAY_BUILD_DIR"), "drivers", NULL);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/v1", port);
    patchbay *pb;

    patchbay_opts_conf_only(opts, "/dev/null");
    patchbay_opts_driver_dir(opts, drivers);
    g_assert_cmpint(patchbay_set(opts, "provider.acme.driver", "openai"), ==, 0);
    g_assert_cmpint(patchbay_set(opts, "provider.acme.base-url", url), ==, 0);
    g_assert_cmpint(patchbay_set(opts, "provider.acme.api-key", "sk-memory-123456"), ==, 0);
    pb = patchbay_open(opts, NULL);
    g_assert_nonnull(pb);
    patchbay_opts_free(opts);
    return pb;
}

static int server_port;

static void test_memory(gconstpointer model)
{
    patchbay *pb = open_core(server_port);
    patchbay_request *request = patchbay_request_new(
        "chat", "{\"messages\":[{\"role\":\"user\",\"content\":\"I am unhappy today.\"}]}");
    size_t first = 0, last;

    patchbay_request_model(request, model);
    for (unsigned n = 0; n < LAST; n++) {
        call_once(pb, request, n);
        if (n + 1 == FIRST)
            first = resident_bytes();
    }
    last = resident_bytes();
    g_test_message("%s: %zu KiB resident after %u calls, %zu KiB after %u", (const char *)model,
                   first >> 10, FIRST, last >> 10, LAST);
    if (!RESIDENT_MEANS_LITTLE)
        g_assert_cmpuint(last, <=, first + GROWTH);
    patchbay_request_free(request);
    patchbay_close(pb);
}

int main(int argc, char **argv)
{
    ForkedStub stub = forked_stub_start(vendor);
    int code;

    server_port = stub.port;
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/e2e/memory/eliza", "eliza/doctor", test_memory);
    g_test_add_data_func("/e2e/memory/openai", "acme/m", test_memory);
    code = g_test_run();
    forked_stub_stop(&stub);
    return code;
}
