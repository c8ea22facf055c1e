/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies: raw bytes and JSON mixed, texts within texts, values spliced, and every misuse, which
 * must not leave. */
#include "unit/exchange/rig.h"

#include "base/str.h"

#include <math.h>
#include <string.h>

typedef void (*WriteFn)(const pb_core_api *api, pb_xchg *x);

static pb_next write_body(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    rig->api->http_begin(x, PBAY_STR("POST"), pbay_str(rig->url), 0);
    (*(WriteFn *)rig->data)(rig->api, x);
    return PB_SEND;
}

/* The body that left, or NULL. */
static char *body_of(WriteFn fn)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = write_body;
    rig->data = &fn;
    rig_reply(rig, 200, "");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    char *body = NULL;
    if (owner.failure == NULL) {
        const PbayMemoryRequest *request = pbay_memory_transport_request(rig->transport, 0);
        body = g_strdup(request->body->str);
    } else {
        g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INTERNAL);
        g_assert_nonnull(strstr(owner.failure->message, "JSON is broken"));
        g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    }
    owner_clear(&owner);
    rig_free(rig);
    return body;
}

static void write_all_kinds(const pb_core_api *api, pb_xchg *x)
{
    const pb_json *value =
        api->json_parse(x, PBAY_STR("{\"big\":123456789012345678901234567890, \"a\":[1 ,2]}"), 0);
    api->w_open(x, 1);
    api->w_key(x, PBAY_STR("s\""));
    api->w_str(x, PBAY_STR("a\n\xff"));
    api->w_key(x, PBAY_STR("n"));
    api->w_int(x, INT64_MIN);
    api->w_key(x, PBAY_STR("r"));
    api->w_real(x, 0.1);
    api->w_key(x, PBAY_STR("i"));
    api->w_real(x, INFINITY);
    api->w_key(x, PBAY_STR("b"));
    api->w_bool(x, 7);
    api->w_key(x, PBAY_STR("v"));
    api->w_value(x, value);
    api->w_key(x, PBAY_STR("none"));
    api->w_value(x, NULL);
    api->w_key(x, PBAY_STR("l"));
    api->w_open(x, 0);
    api->w_close(x);
    api->w_close(x);
}

static void test_kinds(void)
{
    g_autofree char *body = body_of(write_all_kinds);
    g_assert_cmpstr(
        body, ==,
        "{\"s\\\"\":\"a\\n\xef\xbf\xbd\",\"n\":-9223372036854775808,\"r\":0.1,\"i\":null,"
        "\"b\":true,\"v\":{\"big\":123456789012345678901234567890, \"a\":[1 ,2]},"
        "\"none\":null,\"l\":[]}");
}

static void write_mixed(const pb_core_api *api, pb_xchg *x)
{
    api->http_body(x, PBAY_STR("--b\r\n"));
    api->w_str(x, PBAY_STR("one"));
    api->http_body(x, PBAY_STR("\r\n--b\r\n"));
    api->w_int(x, 2);
    api->http_body(x, PBAY_STR("\r\n--b--"));
}

static void test_mixed(void)
{
    g_autofree char *body = body_of(write_mixed);
    g_assert_cmpstr(body, ==, "--b\r\n\"one\"\r\n--b\r\n2\r\n--b--");
}

static void write_nested(const pb_core_api *api, pb_xchg *x)
{
    api->w_open(x, 1);
    api->w_key(x, PBAY_STR("outer"));
    api->w_begin(x);
    api->w_open(x, 0);
    api->w_begin(x);
    api->http_body(x, PBAY_STR("raw \"deep\""));
    pb_str deep = api->w_end(x);
    api->w_str(x, deep);
    api->w_close(x);
    pb_str inner = api->w_end(x);
    g_assert_true(pbay_str_is(deep, "raw \"deep\"")); /* good until the op returns */
    api->w_str(x, inner);
    api->w_close(x);
}

static void test_nested(void)
{
    g_autofree char *body = body_of(write_nested);
    g_assert_cmpstr(body, ==, "{\"outer\":\"[\\\"raw \\\\\\\"deep\\\\\\\"\\\"]\"}");
}

static void write_empty_text(const pb_core_api *api, pb_xchg *x)
{
    api->w_begin(x);
    g_assert_cmpuint(api->w_end(x).len, ==, 0);
}

static void test_empty(void)
{
    g_autofree char *body = body_of(write_empty_text);
    g_assert_cmpstr(body, ==, "");
}

static void misuse_open(const pb_core_api *api, pb_xchg *x)
{
    api->w_open(x, 1);
}

static void misuse_close(const pb_core_api *api, pb_xchg *x)
{
    api->w_close(x);
}

static void misuse_key(const pb_core_api *api, pb_xchg *x)
{
    api->w_open(x, 1);
    api->w_key(x, PBAY_STR("a"));
    api->w_close(x);
}

static void misuse_no_key(const pb_core_api *api, pb_xchg *x)
{
    api->w_open(x, 1);
    api->w_int(x, 1);
    api->w_close(x);
}

static void misuse_two_values(const pb_core_api *api, pb_xchg *x)
{
    api->w_int(x, 1);
    api->w_int(x, 2);
}

static void misuse_end(const pb_core_api *api, pb_xchg *x)
{
    g_assert_cmpuint(api->w_end(x).len, ==, 0);
}

static void misuse_no_end(const pb_core_api *api, pb_xchg *x)
{
    api->w_begin(x);
    api->w_int(x, 1);
}

static void misuse_broken_text(const pb_core_api *api, pb_xchg *x)
{
    api->w_begin(x);
    api->w_open(x, 1);
    api->w_str(x, api->w_end(x));
}

static void misuse_depth(const pb_core_api *api, pb_xchg *x)
{
    for (int i = 0; i < 10000; i++)
        api->w_open(x, 0);
    for (int i = 0; i < 10000; i++)
        api->w_close(x);
}

static void misuse_nesting(const pb_core_api *api, pb_xchg *x)
{
    for (int i = 0; i < 1000; i++)
        api->w_begin(x);
}

static void test_misuse(void)
{
    static const WriteFn fns[] = {
        misuse_open,       misuse_close,  misuse_key,   misuse_no_key,      misuse_end,
        misuse_two_values, misuse_no_end, misuse_depth, misuse_broken_text, misuse_nesting};
    for (size_t i = 0; i < G_N_ELEMENTS(fns); i++)
        g_assert_null(body_of(fns[i]));
}

/* A new request forgets the broken one. */
static void write_anew(const pb_core_api *api, pb_xchg *x)
{
    api->w_open(x, 1);
    api->http_begin(x, PBAY_STR("POST"), PBAY_STR("https://api.test/"), 0);
    api->w_int(x, 3);
}

static void test_anew(void)
{
    g_autofree char *body = body_of(write_anew);
    g_assert_cmpstr(body, ==, "3");
}

/* With nothing begun there is nothing to write to. */
static pb_next write_to_nothing(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    rig->api->w_int(x, 1);
    rig->api->http_body(x, PBAY_STR("x"));
    rig->api->http_header(x, PBAY_STR("a"), PBAY_STR("b"));
    return PB_DONE;
}

static void test_nothing(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = write_to_nothing;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_null(owner.failure);
    owner_clear(&owner);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/services-writer/kinds", test_kinds);
    g_test_add_func("/services-writer/mixed", test_mixed);
    g_test_add_func("/services-writer/nested", test_nested);
    g_test_add_func("/services-writer/empty", test_empty);
    g_test_add_func("/services-writer/misuse", test_misuse);
    g_test_add_func("/services-writer/anew", test_anew);
    g_test_add_func("/services-writer/nothing", test_nothing);
    return g_test_run();
}
