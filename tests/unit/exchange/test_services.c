/* SPDX-License-Identifier: Apache-2.0 */
/* The table itself: no hole in it, known hashes, log lines with the driver's name, reports, and
 * how long parsed values live. */
#include "unit/exchange/rig.h"

#include "base/str.h"
#include "observe/log.h"

#include <string.h>

static void test_no_hole(void)
{
    const pb_core_api *api = pbay_services();
    g_assert_cmpuint(api->size, ==, sizeof(pb_core_api));
    g_assert_cmpuint(api->abi_minor, ==, PB_ABI_MINOR);
    void (*const *entry)(void) = (void (*const *)(void))(const void *)&api->log;
    size_t n = (sizeof(pb_core_api) - offsetof(pb_core_api, log)) / sizeof(void (*)(void));
    for (size_t i = 0; i < n; i++)
        g_assert_true(entry[i] != NULL);
}

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 32; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    g_assert_cmpstr(text->str, ==, hex);
}

/* FIPS 180-2 appendix B; RFC 4231 cases 1, 2, 6. */
static void test_hashes(void)
{
    const pb_core_api *api = pbay_services();
    uint8_t out[32];
    api->sha256(PBAY_STR("abc"), out);
    assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    api->sha256((pb_str){NULL, 0}, out);
    assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    api->hmac_sha256(PBAY_STR("Jefe"), PBAY_STR("what do ya want for nothing?"), out);
    assert_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char key[131];
    memset(key, 0xaa, sizeof key);
    api->hmac_sha256((pb_str){key, sizeof key},
                     PBAY_STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
    assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    api->hmac_sha256((pb_str){NULL, 0}, (pb_str){NULL, 0}, out);
    assert_hex(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    /* The output may overlap the input: chains of keys are computed in place. */
    uint8_t chain[32];
    memset(chain, 0x0b, 20);
    api->hmac_sha256((pb_str){(const char *)chain, 20}, PBAY_STR("Hi There"), chain);
    assert_hex(chain, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    api->sha256((pb_str){(const char *)chain, 32}, chain);
    api->sha256(PBAY_STR("abc"), out);
    g_assert_cmpint(memcmp(out, chain, 32), !=, 0);
}

static GString *lines;

static void keep_line(void *data, int level, const char *line)
{
    (void)data;
    g_string_append_printf(lines, "%d %s\n", level, line);
}

static void test_log(void)
{
    const pb_core_api *api = pbay_services();
    struct pb_core core = {.driver_id = (char *)"fake"};
    lines = g_string_new(NULL);
    pbay_log_set_sink(keep_line, NULL);
    PbaySecret *secret = pbay_secret_new(PBAY_STR("sk-log-canary"));
    api->log(&core, NULL, PB_LOG_WARN, PBAY_STR("one\ntwo"));
    api->log(&core, NULL, PB_LOG_DEBUG, PBAY_STR("quiet"));
    api->log(&core, NULL, 99, PBAY_STR("odd level, key sk-log-canary"));
    pbay_log_set_sink(NULL, NULL);
    pbay_secret_unref(secret);
    g_assert_nonnull(strstr(lines->str, "driver fake: one"));
    g_assert_null(strstr(lines->str, "one\ntwo"));
    g_assert_null(strstr(lines->str, "quiet"));
    g_assert_nonnull(strstr(lines->str, "odd level, key ***"));
    g_string_free(lines, TRUE);
}

static void test_report(void)
{
    const pb_core_api *api = pbay_services();
    struct pb_core core = {.driver_id = (char *)"fake"};
    pb_error error = {.size = sizeof error, .cls = PB_ERR_CONFIG, .message = PBAY_STR("no region")};
    api->report(&core, NULL, &error);
    g_assert_cmpstr(core.reported, ==, "no region");
    error.message = PBAY_STR("later word");
    api->report(&core, NULL, &error);
    g_assert_cmpstr(core.reported, ==, "later word");
    api->report(&core, NULL, NULL);
    g_assert_nonnull(core.reported);
    g_free(core.reported);
}

static void test_clock(void)
{
    PbayTestClock script = {.now_ms = 42, .seed = 1};
    struct pb_core core = {.test = &script};
    const pb_core_api *api = pbay_services();
    g_assert_cmpint(api->now_ms(&core), ==, 42);
    uint64_t a = 0, b = 0;
    api->random(&core, &a, sizeof a);
    api->random(&core, &b, sizeof b);
    g_assert_cmpuint(a, !=, b);
    g_assert_null(api->extension(&core, "patchbay.future/1"));
}

/* ---- JSON in -------------------------------------------------------------------------------- */

static pb_next parse_each(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    const pb_core_api *api = rig->api;
    if (op == PBAY_OP_END) { /* the kept one lives */
        g_assert_cmpint(api->json_int(api->json_get(rig->data, PBAY_STR("first")), 0), ==, 1);
        return PB_DONE;
    }
    g_autofree char *text = g_memdup2(args->bytes.ptr, args->bytes.len);
    uint32_t flags = rig->calls[op] == 1 ? PB_JSON_KEEP : 0;
    const pb_json *value = api->json_parse(x, (pb_str){text, args->bytes.len}, flags);
    memset(text, '#', args->bytes.len); /* the text was borrowed for the call only */
    g_assert_nonnull(value);
    g_assert_cmpint(api->json_type(value), ==, PB_JSON_OBJECT);
    g_assert_true(pbay_str_is(api->json_str(api->json_get(value, PBAY_STR("s"))), "a\nb"));
    if (rig->calls[op] == 1)
        rig->data = (void *)value;
    g_assert_null(api->json_parse(x, PBAY_STR("{\"broken\":"), 0));
    g_assert_null(api->json_parse(x, (pb_str){NULL, 0}, 0));
    return PB_READ;
}

static void test_json_lives(void)
{
    Rig *rig = rig_new(true);
    rig->http_flags = PB_HTTP_STREAM;
    rig->act[PBAY_OP_BODY] = parse_each;
    rig->act[PBAY_OP_END] = parse_each;
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, 200);
    pbay_memory_reply_text(reply, "{\"first\":1,\"s\":\"a\\nb\"}");
    for (int i = 0; i < 200; i++)
        pbay_memory_reply_text(reply, "{\"s\":\"a\\nb\",\"more\":[1,2,3]}");
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_turns(rig, 5);
    /* What ops parsed is gone: a long stream does not grow. */
    g_assert_cmpuint(pbay_arena_used(rig->worker->scratch), ==, 0);
    g_assert_cmpuint(pbay_arena_used(owner.x->arena), <, 4096);
    pbay_memory_reply_end(reply);
    rig_run(rig);
    g_assert_null(owner.failure);
    owner_clear(&owner);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/services/no-hole", test_no_hole);
    g_test_add_func("/services/hashes", test_hashes);
    g_test_add_func("/services/log", test_log);
    g_test_add_func("/services/report", test_report);
    g_test_add_func("/services/clock", test_clock);
    g_test_add_func("/services/json-lives", test_json_lives);
    return g_test_run();
}
