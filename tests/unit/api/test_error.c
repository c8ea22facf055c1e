/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as programs see them: what a vendor's refusal becomes, and the list of a configuration's
 * mistakes. */
#include "world.h"

static patchbay_error *fail(World *world, const char *model)
{
    patchbay *pb = world_open(world);
    patchbay_request *request = chat(model, "");
    patchbay_error *error = NULL;
    g_assert_null(patchbay_run_request(pb, request, &error));
    patchbay_request_free(request);
    patchbay_close(pb); /* the error outlives it */
    g_assert_nonnull(error);
    return error;
}

static void test_vendor(void)
{
    World *world = world_new();
    patchbay_error *error = fail(world, "acme/limited");
    size_t len = 0;
    g_assert_cmpint(patchbay_error_class(error), ==, PATCHBAY_ERR_RATE_LIMIT);
    g_assert_cmpstr(patchbay_error_class_name(error), ==, "rate_limit");
    g_assert_cmpint(patchbay_error_status(error), ==, 429);
    g_assert_cmpint(patchbay_error_retryable(error), ==, 1);
    g_assert_cmpint(patchbay_error_retry_after_ms(error), ==, 7000);
    g_assert_cmpstr(patchbay_error_code(error), ==, "rate_limit_exceeded");
    g_assert_null(patchbay_error_param(error));
    g_assert_cmpstr(patchbay_error_request_id(error), ==, "req-429");
    assert_holds(patchbay_error_message(error), "Slow down");
    assert_holds(patchbay_error_raw(error, &len), "\"message\":\"Slow down\"");
    g_assert_cmpuint(strlen(patchbay_error_raw(error, NULL)), ==, len);
    assert_holds(patchbay_error_json(error), "{\"error\":{\"message\":");
    assert_holds(patchbay_error_json(error), "\"code\":\"rate_limit_exceeded\"");
    g_assert_cmpstr(patchbay_error_problems(error), ==, "[]");
    g_assert_cmpint(patchbay_error_exit_code(error), ==, 3);
    patchbay_error_free(error);
    world_free(world);
}

static void test_secret_is_taken_out(void)
{
    World *world = world_new();
    patchbay_error *error = fail(world, "acme/echo-key");
    g_assert_cmpint(patchbay_error_class(error), ==, PATCHBAY_ERR_AUTH);
    g_assert_cmpint(patchbay_error_status(error), ==, 401);
    g_assert_cmpint(patchbay_error_retryable(error), ==, 0);
    assert_holds(patchbay_error_message(error), "***");
    assert_lacks(patchbay_error_message(error), WORLD_KEY);
    assert_lacks(patchbay_error_raw(error, NULL), WORLD_KEY);
    assert_lacks(patchbay_error_json(error), WORLD_KEY);
    patchbay_error_free(error);
    world_free(world);
}

static void test_broken_answer(void)
{
    World *world = world_new();
    patchbay_error *error = fail(world, "acme/broken");
    g_assert_cmpint(patchbay_error_class(error), ==, PATCHBAY_ERR_PROTOCOL);
    g_assert_cmpint(patchbay_error_status(error), ==, 200);
    g_assert_cmpint(patchbay_error_exit_code(error), ==, 4);
    patchbay_error_free(error);
    world_free(world);
}

/* Nothing came from a vendor: nothing is made up. */
static void test_own(void)
{
    World *world = world_new();
    patchbay_error *error = fail(world, "nobody/m");
    size_t len = 1;
    g_assert_cmpint(patchbay_error_class(error), ==, PATCHBAY_ERR_NOT_FOUND);
    g_assert_cmpint(patchbay_error_status(error), ==, 0);
    g_assert_cmpint(patchbay_error_retry_after_ms(error), ==, 0);
    g_assert_cmpstr(patchbay_error_code(error), ==, "model_not_found");
    g_assert_null(patchbay_error_request_id(error));
    g_assert_cmpstr(patchbay_error_raw(error, &len), ==, "");
    g_assert_cmpuint(len, ==, 0);
    patchbay_error_free(error);
    patchbay_error_free(NULL);
    world_free(world);
}

/* A message holds whole mistakes and says how many more there are; the list has all. */
static void test_many_problems(void)
{
    World *world = world_new();
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 300; i++)
        g_string_append_printf(text, "[provider p%d]\nx-%d = 1\nproxy = none\n", i, i);
    g_free(world_file(world, "conf.d/many.conf", text->str));
    patchbay_error *error = patchbay_config_check(world->opts);
    const char *message = patchbay_error_message(error), *end = strstr(message, "\nand ");
    unsigned told = 0, more = 0;
    g_assert_nonnull(end);
    for (const char *p = message; (p = strstr(p, "many.conf:")) != NULL && p < end; p++)
        told++;
    g_assert_cmpint(sscanf(end, "\nand %u more: 'patchbay config check'", &more), ==, 1);
    g_assert_cmpuint(told, >, 10);
    g_assert_cmpuint(told + more, ==, 300);
    assert_holds(patchbay_error_problems(error), "provider p299");
    patchbay_error_free(error);
    world_free(world);
}

static void test_problems(void)
{
    World *world = world_new();
    patchbay_error *error = NULL;
    g_free(world_file(world, "conf.d/bad.conf",
                      "[provider x]\ndriver = openai\nbase-ulr = http://h/\n"
                      "timeout = soon\n[nonsense]\na = b\n[defaults]\nmodel = a\nmodel = b\n"));
    g_assert_null(patchbay_open(world->opts, &error));
    g_assert_nonnull(error);
    g_assert_cmpint(patchbay_error_class(error), ==, PATCHBAY_ERR_CONFIG);
    g_assert_cmpint(patchbay_error_exit_code(error), ==, 2);
    assert_holds(patchbay_error_problems(error), "bad.conf\",\"line\":3");
    assert_holds(patchbay_error_problems(error), "base-url"); /* the hint */
    assert_holds(patchbay_error_problems(error), "\"line\":4");
    assert_holds(patchbay_error_problems(error), "nonsense");
    assert_holds(patchbay_error_problems(error), "\"line\":9");
    assert_holds(patchbay_error_message(error), "bad.conf:3: ");
    assert_holds(patchbay_error_message(error), "bad.conf:9: ");
    patchbay_error_free(error);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/api/error/vendor", test_vendor);
    g_test_add_func("/api/error/secret-is-taken-out", test_secret_is_taken_out);
    g_test_add_func("/api/error/broken-answer", test_broken_answer);
    g_test_add_func("/api/error/own", test_own);
    g_test_add_func("/api/error/problems", test_problems);
    g_test_add_func("/api/error/many-problems", test_many_problems);
    return g_test_run();
}
