/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing members by name: what is missing or of another type reads as empty. */
#include "lib/json.h"

#include "sdk/host.h"

static void test_reading(void)
{
    g_autoptr(Host) host = host_new();
    const pbs_ctx *ctx = &host->ctx;
    const pb_json *value = host_json(host, "{\"s\":\"x\",\"n\":7,\"z\":null,\"b\":false,\"o\":{}}");
    g_assert_true(pbs_is(pbs_get_str(ctx, value, "s"), "x"));
    g_assert_cmpuint(pbs_get_str(ctx, value, "n").len, ==, 0);
    g_assert_cmpuint(pbs_get_str(ctx, value, "missing").len, ==, 0);
    g_assert_cmpint(pbs_get_int(ctx, value, "n", -1), ==, 7);
    g_assert_cmpint(pbs_get_int(ctx, value, "s", -1), ==, -1);
    g_assert_cmpint(pbs_get_int(ctx, NULL, "n", -1), ==, -1);
    g_assert_true(pbs_has(ctx, value, "b"));
    g_assert_false(pbs_has(ctx, value, "z"));
    g_assert_false(pbs_has(ctx, value, "missing"));
    g_assert_false(pbs_has(ctx, NULL, "s"));
    g_assert_true(pbs_is_type(ctx, pbs_get(ctx, value, "o"), PB_JSON_OBJECT));
    g_assert_true(pbs_is_type(ctx, pbs_get(ctx, value, "missing"), PB_JSON_NULL));
    g_assert_null(pbs_get(ctx, value, "missing"));
}

/* The writers that the shared host does not have. */
static void write_str(pb_xchg *x, pb_str s)
{
    pbay_json_write_str(&x->w, s);
}

static void write_int(pb_xchg *x, int64_t n)
{
    pbay_json_write_int(&x->w, n);
}

static void write_bool(pb_xchg *x, int32_t b)
{
    pbay_json_write_bool(&x->w, b != 0);
}

static void test_writing(void)
{
    g_autoptr(Host) host = host_new();
    pb_core_api api = *host->ctx.api;
    api.w_str = write_str;
    api.w_int = write_int;
    api.w_bool = write_bool;
    const pbs_ctx all = {.api = &api, .core = host->ctx.core, .x = host->ctx.x};
    const pbs_ctx *ctx = &all;
    const pb_json *value = host_json(host, "{ \"n\" : 1.50 }");
    pbs_w_object(ctx, NULL);
    pbs_w_str(ctx, "s", PBS_STR("a\"b"));
    pbs_w_int(ctx, "i", -3);
    pbs_w_bool(ctx, "t", true);
    pbs_w_value(ctx, "v", value);
    pbs_w_value(ctx, "none", NULL);
    pbs_w_array(ctx, "list");
    pbs_w_object(ctx, NULL);
    pbs_w_end(ctx);
    pbs_w_array(ctx, NULL);
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    pbs_w_object(ctx, "o");
    pbs_w_end(ctx);
    pbs_w_end(ctx);
    g_assert_true(pbay_json_writer_ok(&host->x.w));
    g_assert_cmpstr(host->x.body->str, ==,
                    "{\"s\":\"a\\\"b\",\"i\":-3,\"t\":true,\"v\":{ \"n\" : 1.50 },\"none\":null,"
                    "\"list\":[{},[]],\"o\":{}}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/json/reading", test_reading);
    g_test_add_func("/sdk/json/writing", test_writing);
    return g_test_run();
}
