/* SPDX-License-Identifier: Apache-2.0 */
/* The described request: replacing headers, headers of sign that last one send, what the
 * operator and the caller set over them and where that may go, what cannot be sent, what sign
 * sees. */
#include "unit/exchange/rig.h"

#include "base/str.h"

#include <string.h>

static void answer_all(void *user, size_t n, const PbayHttpRequest *request, PbayMemoryReply *reply)
{
    (void)user;
    (void)n;
    (void)request;
    pbay_memory_reply_set_status(reply, 200);
    pbay_memory_reply_end(reply);
}

static void add_configured(Rig *rig, const char *name, const char *value, bool secret)
{
    PbayHeader *header = g_new0(PbayHeader, 1);
    header->name = g_strdup(name);
    header->value = pbay_secret_new(pbay_str(value));
    header->secret = secret;
    g_ptr_array_add(rig->provider->headers, header);
}

static char *headers_of(const PbayMemoryRequest *request)
{
    g_ptr_array_add(request->headers, NULL);
    char *joined = g_strjoinv("|", (char **)request->headers->pdata);
    g_ptr_array_set_size(request->headers, (gint)request->headers->len - 1);
    return joined;
}

static void assert_headers(Rig *rig, size_t i, const char *wanted)
{
    g_autofree char *got = headers_of(pbay_memory_transport_request(rig->transport, i));
    g_assert_cmpstr(got, ==, wanted);
}

static void run(Rig *rig, Owner *owner)
{
    pbay_memory_transport_answer(rig->transport, answer_all, NULL);
    owner_init(owner, rig);
    owner_start(owner);
    rig_run(rig);
}

static pb_next describe(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const pb_core_api *api = rig->api;
    api->http_begin(x, PBAY_STR("GET"), PBAY_STR("https://lost.test/"), 0);
    api->http_header(x, PBAY_STR("X-Lost"), PBAY_STR("1"));
    api->http_body(x, PBAY_STR("lost"));
    api->http_begin(x, PBAY_STR("POST"), pbay_str(rig->url), 0);
    api->http_header(x, PBAY_STR("X-A"), PBAY_STR("1"));
    api->http_header(x, PBAY_STR("X-B"), PBAY_STR("2"));
    api->http_header(x, PBAY_STR("x-a"), PBAY_STR("3"));
    api->http_body(x, PBAY_STR("one "));
    api->http_body(x, PBAY_STR("two"));
    return PB_SEND;
}

static void test_replace(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = describe;
    Owner owner;
    run(rig, &owner);
    g_assert_null(owner.failure);
    assert_headers(rig, 0, "x-a: 3|x-b: 2");
    g_assert_cmpstr(pbay_memory_transport_request(rig->transport, 0)->body->str, ==, "one two");
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next sign_counted(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    g_autofree char *count = g_strdup_printf("%u", rig->calls[op]);
    if (rig->calls[op] == 1)
        rig->api->http_header(x, PBAY_STR("X-First-Only"), PBAY_STR("yes"));
    rig->api->http_header(x, PBAY_STR("Authorization"), pbay_str(count));
    rig->api->http_header(x, PBAY_STR("X-B"), PBAY_STR("signed"));
    return PB_SEND;
}

static pb_next send_again(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)args;
    if (rig->calls[op] == 3)
        return PB_DONE;
    if (rig->calls[op] == 2)
        rig->api->http_header(x, PBAY_STR("X-Retry"), PBAY_STR("2"));
    return PB_SEND;
}

static void test_sign_lasts_one_send(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = describe;
    rig->act[PBAY_OP_SIGN] = sign_counted;
    rig->act[PBAY_OP_END] = send_again;
    Owner owner;
    run(rig, &owner);
    assert_headers(rig, 0, "x-a: 3|x-first-only: yes|authorization: 1|x-b: signed");
    assert_headers(rig, 1, "x-a: 3|authorization: 2|x-b: signed");
    assert_headers(rig, 2, "x-a: 3|x-retry: 2|authorization: 3|x-b: signed");
    g_assert_nonnull(strstr(owner.seen->str, "authorization: ***"));
    g_assert_nonnull(strstr(owner.seen->str, "x-b: ***"));
    owner_clear(&owner);
    rig_free(rig);
}

static pb_next look(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const pb_core_api *api = rig->api;
    pb_str method, url, body, name, value;
    api->http_view(x, &method, &url, &body);
    api->http_view(x, NULL, NULL, NULL);
    g_assert_true(pbay_str_is(method, "POST"));
    g_assert_true(pbay_str_is(url, "https://api.test/v1/chat"));
    g_assert_true(pbay_str_is(body, "one two"));
    g_autoptr(GString) seen = g_string_new(NULL);
    for (size_t i = 0; api->http_header_at(x, i, &name, &value) != 0; i++)
        g_string_append_printf(seen, "%.*s=%.*s;", (int)name.len, name.ptr, (int)value.len,
                               value.ptr);
    g_assert_cmpstr(seen->str, ==, rig->data);
    g_assert_cmpint(api->http_header_at(x, 99, NULL, NULL), ==, 0);
    g_assert_cmpint(api->http_header_at(x, SIZE_MAX, NULL, NULL), ==, 0);
    return PB_SEND;
}

/* The provider's headers, then the call's, over the driver's; sign sees them all. */
static void test_extras(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_BEGIN] = describe;
    rig->act[PBAY_OP_SIGN] = look;
    rig->data = (void *)"x-b=2;x-org=o;x-both=call;x-a=call;";
    add_configured(rig, "X-Org", "o", false);
    add_configured(rig, "X-Both", "provider", true);
    const PbayHttpHeader headers[] = {{.name = PBAY_STR("X-Both"), .value = PBAY_STR("call")},
                                      {.name = PBAY_STR("X-A"), .value = PBAY_STR("call")}};
    pbay_memory_transport_answer(rig->transport, answer_all, NULL);
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.headers = headers;
    spec.n_headers = G_N_ELEMENTS(headers);
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_null(owner.failure);
    assert_headers(rig, 0, "x-b: 2|x-org: o|x-both: call|x-a: call");
    owner_clear(&owner);
    rig_free(rig);
}

static void test_extras_secret(void)
{
    Rig *rig = rig_new(true);
    add_configured(rig, "X-Org", "shown", false);
    add_configured(rig, "X-Hidden", "hidden", true);
    add_configured(rig, "X-Api-Key", "hidden", false); /* by its name */
    Owner owner;
    run(rig, &owner);
    g_assert_nonnull(strstr(owner.seen->str, "x-org: shown\n"));
    g_assert_nonnull(strstr(owner.seen->str, "x-hidden: ***\n"));
    g_assert_nonnull(strstr(owner.seen->str, "x-api-key: ***\n"));
    owner_clear(&owner);
    rig_free(rig);
}

/* Elsewhere the request goes without them, and with the driver's own. */
static void test_extras_elsewhere(void)
{
    Rig *rig = rig_new(true);
    rig->url = "https://elsewhere.test/";
    rig->act[PBAY_OP_BEGIN] = describe;
    add_configured(rig, "X-A", "provider", true);
    Owner owner;
    run(rig, &owner);
    g_assert_null(owner.failure);
    assert_headers(rig, 0, "x-a: 3|x-b: 2");
    owner_clear(&owner);
    rig_free(rig);
}

typedef struct Bad {
    const char *method, *url, *name, *value;
    size_t value_len;
    const char *word;
} Bad;

static pb_next describe_bad(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const Bad *bad = rig->data;
    rig->api->http_begin(x, pbay_str(bad->method), pbay_str(bad->url), 0);
    pb_str value = {bad->value, bad->value_len != 0 ? bad->value_len : strlen(bad->value)};
    rig->api->http_header(x, pbay_str(bad->name), value);
    return PB_SEND;
}

static void test_bad(void)
{
    static const Bad rows[] = {
        {"GET", "https://api.test/a b", "a", "b", 0, "position 18"},
        {"GET", "https://api.test/\r\nHost: evil", "a", "b", 0, "position 17"},
        {"GET", "https://api.test/\x7f", "a", "b", 0, "position 17"},
        {"GET", "https://api.test/\xc3\xa9", "a", "b", 0, "percent-encoded"},
        {"GET", "", "a", "b", 0, "http or https"},
        {"GET", "ftp://api.test/", "a", "b", 0, "http or https"},
        {"GET", "/relative", "a", "b", 0, "http or https"},
        {"G T", "https://api.test/", "a", "b", 0, "method"},
        {"", "https://api.test/", "a", "b", 0, "method"},
        {"GET\r\nX: y", "https://api.test/", "a", "b", 0, "method"},
        {"GET", "https://api.test/", "", "b", 0, "header"},
        {"GET", "https://api.test/", "a b", "b", 0, "header"},
        {"GET", "https://api.test/", "a:", "b", 0, "header"},
        {"GET", "https://api.test/", "a", "b\r\nc: d", 0, "header"},
        {"GET", "https://api.test/", "a", "b\nc", 0, "header"},
        {"GET", "https://api.test/", "a", "b\0c", 3, "header"},
        {"GET", "https://api.test/", "Content-Length", "0", 0, "the core's to write"},
        {"GET", "https://api.test/", "transfer-encoding", "chunked", 0, "the core's to write"},
        {"GET", "wss://u:canary@api.test/v1?key=canary", "a", "b", 0, "\"wss://api.test/v1\""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Rig *rig = rig_new(true);
        rig->act[PBAY_OP_BEGIN] = describe_bad;
        rig->data = (void *)&rows[i];
        Owner owner;
        run(rig, &owner);
        g_assert_nonnull(owner.failure);
        g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INTERNAL);
        g_assert_nonnull(strstr(owner.failure->message, rows[i].word));
        g_assert_null(strstr(owner.failure->message, "canary"));
        g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
        owner_clear(&owner);
        rig_free(rig);
    }
}

static pb_next spoil(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    if (rig->data != NULL)
        rig->api->http_begin(x, PBAY_STR("GET"), PBAY_STR("https://evil.test/"), 0);
    else
        rig->api->http_header(x, PBAY_STR("a"), PBAY_STR("b\r\nc: d"));
    return PB_SEND;
}

/* What sign spoils is not sent; neither is what it turns into another request. */
static void test_bad_in_sign(void)
{
    for (int i = 0; i < 2; i++) {
        Rig *rig = rig_new(true);
        rig->act[PBAY_OP_SIGN] = spoil;
        rig->data = i == 0 ? NULL : rig;
        Owner owner;
        run(rig, &owner);
        g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INTERNAL);
        g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
        owner_clear(&owner);
        rig_free(rig);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/request/replace", test_replace);
    g_test_add_func("/request/sign-lasts-one-send", test_sign_lasts_one_send);
    g_test_add_func("/request/extras", test_extras);
    g_test_add_func("/request/extras-secret", test_extras_secret);
    g_test_add_func("/request/extras-elsewhere", test_extras_elsewhere);
    g_test_add_func("/request/bad", test_bad);
    g_test_add_func("/request/bad-in-sign", test_bad_in_sign);
    return g_test_run();
}
