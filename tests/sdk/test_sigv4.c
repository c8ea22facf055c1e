/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4: cases of the AWS SDKs' test suite, two requests to Bedrock as the AWS SDK
 * for JavaScript signs them, and what sign() does of its own: which headers, which host, times.
 * The hashes here are GLib's, not the core's. */
#include "lib/sigv4.h"

#include "lib/hex.h"
#include "lib/str.h"
#include "sdk/host.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

/* ---- Hashes and a request to sign ---- */

static void hash(pb_str data, uint8_t out[32])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize n = 32;
    g_checksum_update(sum, (const guchar *)data.ptr, (gssize)data.len);
    g_checksum_get_digest(sum, out, &n);
}

static void keyed_hash(pb_str key, pb_str data, uint8_t out[32])
{
    GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)key.ptr, key.len);
    gsize n = 32;
    g_hmac_update(hmac, (const guchar *)data.ptr, (gssize)data.len);
    g_hmac_get_digest(hmac, out, &n);
    g_hmac_unref(hmac);
}

static const char *view_method, *view_url, *view_body;
static pbs_sigv4_header view_headers[40];
static size_t view_n;

static void view(pb_xchg *x, pb_str *method, pb_str *url, pb_str *body)
{
    (void)x;
    *method = pbs_str(view_method);
    *url = pbs_str(view_url);
    *body = pbs_str(view_body);
}

static int32_t header_at(pb_xchg *x, size_t i, pb_str *name, pb_str *value)
{
    (void)x;
    if (i >= view_n)
        return 0;
    *name = view_headers[i].name;
    *value = view_headers[i].value;
    return 1;
}

static void set_header(pb_xchg *x, pb_str name, pb_str value)
{
    host_header(x, name, value);
    if (!pbs_is(name, "authorization") && view_n < G_N_ELEMENTS(view_headers))
        view_headers[view_n++] = (pbs_sigv4_header){{g_strndup(name.ptr, name.len), name.len},
                                                    {g_strndup(value.ptr, value.len), value.len}};
}

static pb_core_api make_api(void)
{
    pb_core_api api = host_api;
    api.sha256 = hash;
    api.hmac_sha256 = keyed_hash;
    api.http_view = view;
    api.http_header_at = header_at;
    api.http_header = set_header;
    return api;
}

static void clear_view(void)
{
    for (size_t i = 0; i < view_n; i++) {
        g_free((char *)view_headers[i].name.ptr);
        g_free((char *)view_headers[i].value.ptr);
    }
    view_n = 0;
}

/* ---- The test suite of the SDKs ---- */

typedef struct Case {
    const char *method, *target, *headers, *body; /* headers: "name:value\n" beyond host and date */
    const char *names, *signature;
} Case;

#define DATE "x-amz-date"

static const Case suite[] = {
    {"GET", "/", "", "", "host;" DATE,
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"}, /* get-vanilla */
    {"POST", "/", "", "", "host;" DATE,
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"}, /* post-vanilla */
    {"GET", "/?Param2=value2&Param1=value1", "", "", "host;" DATE,
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"}, /* query-order-key-case */
    {"GET", "/", "my-header1: value1\nmy-header2: \"a   b   c\"\n", "",
     "host;my-header1;my-header2;" DATE,
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"}, /* header-value-trim */
    {"POST", "/", "content-type:application/x-www-form-urlencoded\n", "Param1=value1",
     "content-type;host;" DATE,
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"}, /* form-urlencoded */
    {"GET", "/", "my-header1:value2\nmy-header1:value2\nmy-header1:value1\n", "",
     "host;my-header1;" DATE,
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"}, /* header-key-duplicate */
    {"POST", "/?Param1=value1", "", "", "host;" DATE,
     "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"}, /* post-vanilla-query */
    {"GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "",
     "host;" DATE, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    /* get-unreserved */
};

static void add_headers(pbs_sigv4_request *request, char **lines)
{
    request->headers[request->n_headers++] =
        (pbs_sigv4_header){PBS_STR(DATE), PBS_STR("20150830T123600Z")};
    for (; *lines != NULL && **lines != '\0'; lines++) {
        char *colon = strchr(*lines, ':');
        request->headers[request->n_headers++] =
            (pbs_sigv4_header){{*lines, (size_t)(colon - *lines)}, pbs_str(colon + 1)};
    }
    request->headers[request->n_headers++] =
        (pbs_sigv4_header){PBS_STR("host"), PBS_STR("example.amazonaws.com")};
}

static void test_suite(void)
{
    const pb_core_api api = make_api();
    const pbs_sigv4_key key = {PBS_STR("AKIDEXAMPLE"), PBS_STR(SECRET), {NULL, 0}};
    const pbs_sigv4_scope scope = {PBS_STR("us-east-1"), PBS_STR("service"), "20150830T123600Z"};
    for (size_t i = 0; i < G_N_ELEMENTS(suite); i++) {
        const Case *c = &suite[i];
        g_auto(GStrv) lines = g_strsplit(c->headers, "\n", -1);
        g_autofree char *expected =
            g_strdup_printf("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
                            "aws4_request, SignedHeaders=%s, Signature=%s",
                            c->names, c->signature);
        pbs_sigv4_request request = {
            .method = pbs_str(c->method), .url = pbs_str(c->target), .body = pbs_str(c->body)};
        pbs_buf out;
        pbs_buf_init(&out, 4096);
        add_headers(&request, lines);
        g_assert_true(pbs_sigv4_authorization(&api, &request, &key, &scope, &out));
        pbs_buf_add_char(&out, '\0');
        g_assert_cmpstr(out.ptr, ==, expected);
        pbs_buf_free(&out);
    }
}

/* ---- Bedrock ---- */

#define HI                                                                                         \
    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Hi\"}]}],\"inferenceConfig\":{"    \
    "\"maxTokens\":16}}"
#define ENDPOINT "https://bedrock-runtime.us-east-1.amazonaws.com"

static void describe(const char *url)
{
    clear_view();
    view_method = "POST";
    view_url = url;
    view_body = HI;
    const pbs_sigv4_header type = {{g_strdup("content-type"), 12},
                                   {g_strdup("application/json"), 16}};
    view_headers[view_n++] = type;
    const pbs_sigv4_header agent = {{g_strdup("user-agent"), 10}, {g_strdup("me"), 2}};
    view_headers[view_n++] = agent;
}

static void check_sign(const char *url, const char *token, const char *expected)
{
    g_autoptr(Host) host = host_new();
    const pb_core_api api = make_api();
    const pbs_sigv4_key key = {PBS_STR("AKIDEXAMPLE"), PBS_STR(SECRET), pbs_str(token)};
    host->ctx.api = &api;
    describe(url);
    g_assert_cmpint(
        pbs_sigv4(&host->ctx, &key, PBS_STR("us-east-1"), PBS_STR("bedrock"), HOST_NOW_MS), ==,
        PB_SEND);
    host_expect(host, expected);
    clear_view();
}

#define CREDENTIAL                                                                                 \
    "header authorization: AWS4-HMAC-SHA256 "                                                      \
    "Credential=AKIDEXAMPLE/20261122/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;"  \
    "host;x-amz-date"

static void test_sdk_requests(void)
{
    check_sign(ENDPOINT "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse", "",
               "header x-amz-date: 20261122T103000Z\n" CREDENTIAL
               ", Signature=cccd54cff91b7c78e1105656e91f392c42ff774e560ed14a43b7f7b9739cb690\n");
    check_sign(ENDPOINT "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-"
                        "inference-profile%2Fabc123def456/converse-stream",
               "IQoJb3JpZ2luX2VjEXAMPLETOKEN==",
               "header x-amz-date: 20261122T103000Z\nheader x-amz-security-token: "
               "IQoJb3JpZ2luX2VjEXAMPLETOKEN==\n" CREDENTIAL ";x-amz-security-token, Signature="
               "d78f78111d551441b35e6ce7b62c2eca8557ca73ed0dda09d5285b835791ccd7\n");
}

static void test_canonical(void)
{
    const pb_core_api api = make_api();
    pbs_sigv4_request request = {
        .method = PBS_STR("POST"),
        .url = PBS_STR(ENDPOINT "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse"),
        .body = PBS_STR(HI),
        .headers = {{PBS_STR("x-amz-date"), PBS_STR("20261122T103000Z")},
                    {PBS_STR("host"), PBS_STR("bedrock-runtime.us-east-1.amazonaws.com")},
                    {PBS_STR("content-type"), PBS_STR("application/json")}},
        .n_headers = 3};
    pbs_buf out;
    pbs_buf_init(&out, 4096);
    g_assert_true(pbs_sigv4_canonical(&api, &request, &out));
    pbs_buf_add_char(&out, '\0');
    g_assert_cmpstr(out.ptr, ==,
                    "POST\n/model/anthropic.claude-3-haiku-20240307-v1%253A0/converse\n\n"
                    "content-type:application/json\nhost:bedrock-runtime.us-east-1.amazonaws.com\n"
                    "x-amz-date:20261122T103000Z\n\ncontent-type;host;x-amz-date\n"
                    "9086f5ed72696dae888c64846e3db151bb80e2483eba722648ee71231780c823");
    pbs_buf_free(&out);
}

/* The line of a canonical request, 0 the first. */
static void check_line(const char *url, int line, const char *expected)
{
    const pb_core_api api = make_api();
    pbs_sigv4_request request = {.method = PBS_STR("GET"), .url = pbs_str(url)};
    pbs_buf out;
    pbs_buf_init(&out, 4096);
    g_assert_true(pbs_sigv4_canonical(&api, &request, &out));
    pbs_buf_add_char(&out, '\0');
    g_auto(GStrv) lines = g_strsplit(out.ptr, "\n", -1);
    g_assert_cmpstr(lines[line], ==, expected);
    pbs_buf_free(&out);
}

static void test_path_and_query(void)
{
    check_line("https://h", 1, "/");
    check_line("https://h?a=b", 1, "/");
    check_line("https://h:8443/a/b#c", 1, "/a/b");
    check_line("/a%2Fb/c%20d", 1, "/a%252Fb/c%2520d");
    check_line("https://h/?b=2&a=1&a=0&c", 2, "a=0&a=1&b=2&c=");
    check_line("https://h/?a-b=1&a=2", 2, "a=2&a-b=1");
    check_line("https://h/?x=%C3%BC%2f+&y=~", 2, "x=%C3%BC%2F%2B&y=~");
    check_line("https://h/?u=http://x/?q", 2, "u=http%3A%2F%2Fx%2F%3Fq");
}

/* ---- What sign() does of its own ---- */

static void check_host(const char *url, const char *host_header)
{
    const pb_core_api api = make_api();
    const pbs_sigv4_key key = {PBS_STR("A"), PBS_STR("s"), {NULL, 0}};
    g_autoptr(Host) one = host_new(), two = host_new();
    one->ctx.api = two->ctx.api = &api;
    describe(url);
    g_assert_cmpint(pbs_sigv4(&one->ctx, &key, PBS_STR("r"), PBS_STR("s"), HOST_NOW_MS), ==,
                    PB_SEND);
    describe(url);
    set_header(&two->x, PBS_STR("host"), pbs_str(host_header));
    g_string_truncate(two->x.log, 0);
    g_assert_cmpint(pbs_sigv4(&two->ctx, &key, PBS_STR("r"), PBS_STR("s"), HOST_NOW_MS), ==,
                    PB_SEND);
    host_expect(one, two->x.log->str);
    clear_view();
}

static void test_host(void)
{
    check_host("https://vpce-1.example.com/a", "vpce-1.example.com");
    check_host("https://vpce-1.example.com:8443/a", "vpce-1.example.com:8443");
    check_host("https://vpce-1.example.com:443/a", "vpce-1.example.com");
    check_host("https://vpce-1.example.com:80/a", "vpce-1.example.com:80");
    check_host("http://127.0.0.1:80/a", "127.0.0.1");
    check_host("http://127.0.0.1:443/a", "127.0.0.1:443");
    check_host("http://[::1]:4566/a", "[::1]:4566");
    check_host("https://user:pass@h:1/a", "h:1");
}

static void test_time(void)
{
    const struct {
        int64_t ms;
        const char *text;
    } times[] = {{0, "19700101T000000Z"},
                 {951827696999, "20000229T123456Z"},
                 {1709251199000, "20240229T235959Z"},
                 {HOST_NOW_MS, "20261122T103000Z"},
                 {4102444800000, "21000101T000000Z"},
                 {INT64_C(253402300799999), "99991231T235959Z"}};
    char text[PBS_SIGV4_TIME_SIZE];
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        g_assert_true(pbs_sigv4_time(times[i].ms, text));
        g_assert_cmpstr(text, ==, times[i].text);
    }
    g_assert_false(pbs_sigv4_time(INT64_C(253402300800000), text));
    g_assert_false(pbs_sigv4_time(-1, text));
    g_assert_false(pbs_sigv4_time(INT64_MAX, text));
}

static void check_refused(const char *secret, size_t headers, int64_t now)
{
    g_autoptr(Host) host = host_new();
    const pb_core_api api = make_api();
    const pbs_sigv4_key key = {PBS_STR("A"), pbs_str(secret), {NULL, 0}};
    host->ctx.api = &api;
    describe(ENDPOINT "/");
    for (size_t i = 0; i < headers; i++)
        set_header(&host->x, PBS_STR("x-amz-a"), PBS_STR("1"));
    g_string_truncate(host->x.log, 0);
    g_assert_cmpint(pbs_sigv4(&host->ctx, &key, PBS_STR("r"), PBS_STR("s"), now), ==, PB_FAIL);
    g_assert_nonnull(strstr(host->x.log->str, "fail cls=2 "));
    g_assert_null(strstr(host->x.log->str, "authorization"));
    clear_view();
}

static void test_refused(void)
{
    g_autofree char *longest = g_strnfill(513, 's');
    check_refused("", 0, HOST_NOW_MS);
    check_refused(longest, 0, HOST_NOW_MS);
    check_refused("s", PBS_SIGV4_HEADERS_MAX, HOST_NOW_MS);
    check_refused("s", 0, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/sigv4/suite", test_suite);
    g_test_add_func("/sdk/sigv4/sdk-requests", test_sdk_requests);
    g_test_add_func("/sdk/sigv4/canonical", test_canonical);
    g_test_add_func("/sdk/sigv4/path-and-query", test_path_and_query);
    g_test_add_func("/sdk/sigv4/host", test_host);
    g_test_add_func("/sdk/sigv4/time", test_time);
    g_test_add_func("/sdk/sigv4/refused", test_refused);
    return g_test_run();
}
