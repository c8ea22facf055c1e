/* SPDX-License-Identifier: Apache-2.0 */
/* Images named by URL: what counts as one, byte-exact replacement, side by side and once each,
 * every way a fetch can go wrong, cancelling in the middle. */
#include "exchange/inline.h"

#include "base/str.h"
#include "unit/exchange/rig.h"

#include <string.h>

#define PNG "\x89PNG\r\n\x1a\nrest"

static void test_media_type(void)
{
    static const struct {
        const char *bytes, *declared, *type;
    } rows[] = {
        {"\xff\xd8\xff\xe0", "", "image/jpeg"},
        {PNG, "image/jpeg", "image/png"}, /* bytes know better */
        {"GIF87a...", NULL, "image/gif"},
        {"GIF89a...", NULL, "image/gif"},
        {"RIFF....WEBPVP8 ", NULL, "image/webp"},
        {"RIFF....WAVE", NULL, NULL},
        {"????", "image/webp", "image/webp"},
        {"????", "Image/PNG; q=1", "image/png"},
        {"????", "image/svg+xml", NULL},
        {"<html>", "text/html", NULL},
        {"", "", NULL},
        {"GIF8", NULL, NULL},
        {"?", "image/pngx", NULL},
        {"?", "image/pn", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(pbay_inline_media_type(pbay_str(rows[i].bytes), pbay_str(rows[i].declared)),
                        ==, rows[i].type);
}

#define PART(url)   "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" url "\"}}"
#define USER(parts) "{\"messages\":[{\"role\":\"user\",\"content\":[" parts "]}]}"

static void test_find(void)
{
    static const struct {
        const char *body;
        unsigned n;
    } rows[] = {
        {"{}", 0},
        {"[]", 0},
        {"{\"messages\":{}}", 0},
        {"{\"messages\":[1,{\"content\":\"http://x/y\"}]}", 0},
        {USER("{\"type\":\"text\",\"text\":\"http://x/\"}"), 0},
        {USER(PART("data:image/png;base64,AA")), 0},
        {USER(PART("http://")), 0},
        {USER("{\"type\":\"image_url\"}"), 0},
        {USER("{\"type\":\"image_url\",\"image_url\":7}"), 0},
        {USER(PART("https://a.test/x")), 1},
        {USER("{\"type\":\"image_url\",\"image_url\":\"HTTPS://a.test/x\"}"), 1},
        {USER(PART("https:\\/\\/a.test\\/x") "," PART("http://b.test/y")), 2},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(PbayArena) arena = pbay_arena_new(0);
        const pb_json *body = pbay_json_parse(arena, pbay_str(rows[i].body), NULL, 0, NULL);
        g_autoptr(GArray) spots = pbay_inline_find(body);
        g_test_message("%s", rows[i].body);
        g_assert_cmpuint(spots->len, ==, rows[i].n);
    }
}

/* ---- with an exchange --------------------------------------------------------------------- */

static char *begun_with; /* the body that begin saw */

static pb_next begin_keeps(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)rig;
    (void)op;
    (void)args;
    g_free(begun_with);
    begun_with = pbay_str_dup(pbay_json_text(x->request.body));
    return PB_DONE;
}

static Rig *inline_rig(void)
{
    Rig *rig = rig_new(true);
    pbay_manifest_free(rig->driver.manifest);
    rig->driver.manifest = pbay_manifest_parse("{\"inline\":[\"image_url\"]}", NULL);
    rig->act[PBAY_OP_BEGIN] = begin_keeps;
    g_clear_pointer(&begun_with, g_free);
    return rig;
}

static void start(Owner *owner, Rig *rig, const char *body)
{
    owner_init(owner, rig);
    PbayExchangeSpec spec = owner_spec(owner);
    spec.body = pbay_str(body);
    owner_start_spec(owner, &spec);
}

static void image(Rig *rig, const char *type, pb_str bytes)
{
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    if (type != NULL)
        pbay_memory_reply_header(reply, "Content-Type", type);
    pbay_memory_reply_bytes(reply, bytes);
    pbay_memory_reply_end(reply);
}

/* A request with odd spacing, numbers and escapes, which names one image twice. */
static char *fill(const char *one, const char *two)
{
    return g_strdup_printf("{ \"n\" : 1e2, \"messages\":[ {\"role\":\"user\",\"content\":["
                           "{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\",\"x\":1.0}}, "
                           "{\"image_url\" : \"%s\",\"type\":\"image_url\"},"
                           "{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\"}},"
                           "{\"type\":\"image_url\",\"image_url\":\"data:image/png;base64,AA\"}"
                           "]} ],\"\\u0061\":\"\\n\"}",
                           one, two, one);
}

static void test_replaces(void)
{
    Rig *rig = inline_rig();
    image(rig, "image/png", PBAY_STR(PNG));
    image(rig, "image/webp", PBAY_STR("abc"));
    g_autofree char *body = fill("https://a.test/x?k=1", "https:\\/\\/a.test\\/y");
    g_autofree char *expected =
        fill("data:image/png;base64,iVBORw0KGgpyZXN0", "data:image/webp;base64,YWJj");
    Owner owner;
    start(&owner, rig, body);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    rig_run(rig);
    g_assert_null(owner.failure);
    g_assert_cmpstr(begun_with, ==, expected);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 2); /* once each */
    const PbayMemoryRequest *request = pbay_memory_transport_request(rig->transport, 0);
    g_assert_cmpstr(request->url, ==, "https://a.test/x?k=1");
    g_assert_cmpstr(request->method, ==, "GET");
    g_assert_true(request->foreign);
    g_assert_cmpint(request->max_body, ==, 20 << 20);
    g_assert_cmpuint(owner.requests, ==, 0);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_not_wanted(void)
{
    Rig *rig = inline_rig();
    pbay_manifest_free(rig->driver.manifest);
    rig->driver.manifest = pbay_manifest_parse("{}", NULL);
    Owner owner;
    start(&owner, rig, USER(PART("https://a.test/x")));
    rig_run(rig);
    g_assert_cmpstr(begun_with, ==, USER(PART("https://a.test/x")));
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    owner_clear(&owner);
    rig_free(rig);
}

static void expect_refused(Rig *rig, const char *body, const char *said)
{
    Owner owner;
    start(&owner, rig, body);
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_nonnull(owner.failure);
    g_test_message("%s", owner.failure->message);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_INVALID);
    g_assert_nonnull(strstr(owner.failure->message, said));
    g_assert_null(strstr(owner.failure->message, "hush"));
    g_assert_null(begun_with);
    g_assert_cmpuint(pbay_memory_transport_alive(rig->transport), ==, 0);
    owner_clear(&owner);
}

static void test_refused_before(void)
{
    Rig *rig = inline_rig();
    expect_refused(rig, USER(PART("http://a.test/x?hush")), "http://a.test/x");
    expect_refused(rig, USER(PART("https://127.0.0.1/x?hush")), "loopback");
    expect_refused(rig, USER(PART("https://u:hush@a.test/x")), "user name");
    GString *many = g_string_new(NULL);
    for (int i = 0; i < 17; i++)
        g_string_append_printf(many,
                               "%s{\"type\":\"image_url\",\"image_url\":\"https://a.test/%d\"}",
                               i > 0 ? "," : "", i);
    g_autofree char *body =
        g_strdup_printf("{\"messages\":[{\"role\":\"user\",\"content\":[%s]}]}", many->str);
    expect_refused(rig, body, "more than 16 images");
    g_string_free(many, TRUE);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    rig_free(rig);
}

static void test_refused_reply(void)
{
    Rig *rig = inline_rig();
    const char *body = USER(PART("https://a.test/x?hush") "," PART("https://a.test/y?hush"));
    pbay_memory_reply_new(rig->transport, 404);
    pbay_memory_reply_new(rig->transport, 0); /* stays silent: it must be aborted */
    expect_refused(rig, body,
                   "https://a.test/x could not be put into the request: its server "
                   "answered with status 404");
    image(rig, "text/html", PBAY_STR("<html>"));
    pbay_memory_reply_new(rig->transport, 0);
    expect_refused(rig, body, "no JPEG, PNG, GIF or WebP");
    image(rig, NULL, PBAY_STR(PNG));
    pbay_memory_reply_fail(pbay_memory_reply_new(rig->transport, 0), PB_ERR_UPSTREAM, false);
    expect_refused(rig, body, "https://a.test/y could not");
    rig_free(rig);
}

static void test_too_large(void)
{
    Rig *rig = inline_rig();
    const size_t mib = (size_t)1 << 20;
    g_autofree char *large = g_malloc0(21 * mib);
    memcpy(large, "GIF89a", 6);
    image(rig, NULL, (pb_str){large, 20 * mib + 1});
    expect_refused(rig, USER(PART("https://a.test/x")), "larger than 20 MiB");
    for (int i = 0; i < 3; i++)
        image(rig, NULL, (pb_str){large, 15 * mib});
    expect_refused(
        rig,
        USER(PART("https://a.test/1") "," PART("https://a.test/2") "," PART("https://a.test/3")),
        "together larger than 44 MiB");
    rig_free(rig);
}

/* One image named often is fetched once, but stands in the request each time. */
static void test_too_often(void)
{
    Rig *rig = inline_rig();
    const size_t mib = (size_t)1 << 20;
    g_autofree char *large = g_malloc0(mib);
    memcpy(large, "GIF89a", 6);
    g_autoptr(GString) parts = g_string_new(PART("https://a.test/x"));
    for (int i = 0; i < 44; i++)
        g_string_append(parts, "," PART("https://a.test/x"));
    g_autofree char *body = g_strdup_printf(USER("%s"), parts->str);
    image(rig, NULL, (pb_str){large, mib});
    expect_refused(rig, body, "together larger than 44 MiB");
    rig_free(rig);
}

static bool one_request(void *data)
{
    return pbay_memory_transport_requests(data) == 1;
}

static void test_cancel(void)
{
    Rig *rig = inline_rig();
    pbay_memory_reply_new(rig->transport, 200);
    Owner owner;
    start(&owner, rig, USER(PART("https://a.test/x")));
    rig_turn_until(rig, one_request, rig->transport);
    rig_turns(rig, 2);
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    g_assert_true(pbay_memory_transport_request(rig->transport, 0)->aborted);
    g_assert_null(begun_with);
    g_assert_cmpstr(rig->log->str, ==, ""); /* never begun: nothing to end */
    owner_clear(&owner);
    rig_free(rig);
}

static void test_recorded(void)
{
    Rig *rig = inline_rig();
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.body = pbay_str(USER(PART("https://a.test/x")));
    spec.recorded = true;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_cmpstr(owner.failure->code, ==, PBAY_UNRECORDABLE);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, 0);
    g_assert_null(begun_with);
    owner_clear(&owner);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inline/media-type", test_media_type);
    g_test_add_func("/inline/find", test_find);
    g_test_add_func("/inline/replaces", test_replaces);
    g_test_add_func("/inline/not-wanted", test_not_wanted);
    g_test_add_func("/inline/refused-before", test_refused_before);
    g_test_add_func("/inline/refused-reply", test_refused_reply);
    g_test_add_func("/inline/too-large", test_too_large);
    g_test_add_func("/inline/too-often", test_too_often);
    g_test_add_func("/inline/cancel", test_cancel);
    g_test_add_func("/inline/recorded", test_recorded);
    int rc = g_test_run();
    g_free(begun_with);
    return rc;
}
