/* SPDX-License-Identifier: Apache-2.0 */
/* A driver made of this file's own ops, which uses every service that is held back, and says
 * within the op what it sees of it. The recording says what must come of it all the same. */
#include "check/defer.h"

#include "exchange/exchange.h"
#include "rig.h"

#include <string.h>

#define S(literal) ((pb_str){literal, sizeof(literal) - 1})

static const pb_core_api *api;
static unsigned views;

static int32_t init(const pb_core_api *given, pb_core *core, void **drv)
{
    (void)core, (void)drv;
    api = given;
    return 0;
}

/* A body of every kind of value, with a text of its own inside. */
static void write_body(pb_xchg *x, const pb_request *request)
{
    pb_str text;

    api->w_open(x, 1);
    api->w_key(x, S("a"));
    api->w_int(x, 7);
    api->w_key(x, S("b"));
    api->w_bool(x, 1);
    api->w_key(x, S("c"));
    api->w_real(x, 0.5);
    api->w_key(x, S("d"));
    api->w_value(x, request->body);
    api->w_begin(x);
    api->w_open(x, 0);
    api->w_str(x, S("in"));
    api->w_close(x);
    api->http_body(x, S("!"));
    text = api->w_end(x);
    g_assert_cmpint(strncmp(text.ptr, "[\"in\"]!", text.len), ==, 0);
    api->w_key(x, S("e"));
    api->w_str(x, text);
    api->w_close(x);
    api->http_body(x, S("\n"));
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    pb_str method, url, body;
    char scratch[] = "https://h.example/v1/chat";

    (void)prov, (void)state;
    api->http_begin(x, S("POST"), (pb_str){scratch, strlen(scratch)}, PB_HTTP_STREAM);
    memset(scratch, 'x', sizeof scratch - 1); /* what was handed over is copied */
    api->note(x, PB_NOTE_DROPPED, S("seed"), S("none"));
    api->http_header(x, S("x-a"), S("1"));
    write_body(x, request);
    api->http_view(x, &method, &url, &body);
    g_assert_cmpuint(url.len, ==, strlen("https://h.example/v1/chat"));
    g_assert_true(g_str_has_prefix(body.ptr, "{\"a\":7,"));
    views++;
    return PB_SEND;
}

static pb_next on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    (void)prov, (void)state;
    g_assert_cmpint(status, ==, 200);
    api->http_collect(x);
    return PB_READ;
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    float vector[2] = {0.5f, 2.0f};
    char text[16] = "Hello you";
    pb_event event = {.size = sizeof event, .kind = PB_EV_TEXT, .text = {text, bytes.len}};

    (void)prov, (void)state;
    g_assert_cmpuint(bytes.len, ==, 9); /* collected */
    api->emit(x, &event);
    memset(text, 'x', sizeof text);
    event =
        (pb_event){.size = sizeof event, .kind = PB_EV_VECTOR, .vector = vector, .vector_len = 2};
    api->emit(x, &event);
    vector[0] = 9;
    api->wait(x, 500);
    return PB_WAIT;
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    (void)prov, (void)x, (void)state;
    return PB_FAIL;
}

static pb_next on_timer(void *prov, pb_xchg *x, void *state)
{
    char why[] = "busy";
    pb_error error = {.size = sizeof error, .cls = PB_ERR_OVERLOADED, .message = {why, 4}};

    (void)prov, (void)state;
    api->fail(x, &error);
    memset(why, 'x', 4);
    return PB_FAIL;
}

static void end(void *prov, pb_xchg *x, void *state)
{
    (void)prov, (void)x, (void)state;
}

static const pb_driver table = {.size = sizeof table,
                                .id = "good",
                                .init = init,
                                .begin = begin,
                                .on_head = on_head,
                                .on_body = on_body,
                                .on_end = on_end,
                                .on_timer = on_timer,
                                .end = end};

static const char recorded[] =
    "{\"send\":{\"method\":\"POST\",\"url\":\"https://h.example/v1/chat\",\"headers\":{\"x-a\":"
    "\"1\"},\"body_text\":\"{\\\"a\\\":7,\\\"b\\\":true,\\\"c\\\":0.5,\\\"d\\\":{\\\"model\\\":"
    "\\\"m\\\",\\\"messages\\\":[]},\\\"e\\\":\\\"[\\\\\\\"in\\\\\\\"]!\\\"}\\n\"}}";

static const char events[] =
    "{\"events\":[{\"kind\":\"text\",\"text\":\"Hello you\"},{\"kind\":\"vector\",\"index\":0,"
    "\"vector\":[0.5,2.0]}]}\n{\"notes\":[{\"note\":\"dropped\",\"param\":\"seed\"}]}\n"
    "{\"outcome\":{\"class\":\"unavailable\",\"message_contains\":\"busy\"}}\n";

static void run(const pb_core_api *services, bool hold)
{
    g_autofree char *text = rig_text(NULL, "send", recorded);
    g_autofree char *cut = g_strndup(text, (gsize)(strstr(text, "{\"events\"") - text));
    g_autofree char *whole = g_strconcat(cut, events, NULL);
    g_autoptr(PbayRecording) recording = rig_read(whole);
    g_autoptr(GString) why = g_string_new(NULL);
    PbayDriver driver = *rig_driver("good");
    PbayReplayResult result;

    driver.ops = &table;
    table.init(services, driver.core, &driver.drv);
    if (hold)
        pbay_defer_install(&driver);
    g_assert_true(pbay_replay_run(&driver, recording, &(PbayReplaySpec){0}, &result, NULL));
    if (hold)
        pbay_defer_remove(&driver);
    pbay_replay_judge(recording, &result, why);
    g_assert_cmpstr(why->str, ==, "");
    pbay_replay_result_clear(&result);
}

static void test_same(void)
{
    views = 0;
    run(pbay_services(), false);
    run(pbay_defer_services(), true);
    run(pbay_defer_services(), false); /* without the ends of ops nothing is held back */
    g_assert_cmpuint(views, ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/defer/same", test_same);
    return g_test_run();
}
