/* SPDX-License-Identifier: Apache-2.0 */
/* The error table row by row, the class of every status from 100 to 599, and failures made of
 * hostile driver errors: wrong sizes, unknown classes, secrets, broken UTF-8, too much text. */
#include "base/error.h"

#include "base/secret.h"
#include "base/str.h"

static const PbayErrorClass rows[] = {
    {PB_ERR_INTERNAL, "internal", 500, "server_error", "internal_error", NULL, false, 6},
    {PB_ERR_CONFIG, "configuration", 500, "server_error", "not_configured", NULL, false, 2},
    {PB_ERR_UNSUPPORTED, "unsupported", 400, "invalid_request_error", "unsupported_parameter", NULL,
     false, 3},
    {PB_ERR_INVALID, "invalid_request", 400, "invalid_request_error", NULL, NULL, false, 3},
    {PB_ERR_AUTH, "authentication", 401, "invalid_request_error", "invalid_api_key", NULL, false,
     3},
    {PB_ERR_FORBIDDEN, "permission", 403, "permission_error", NULL, NULL, false, 3},
    {PB_ERR_NOT_FOUND, "not_found", 404, "invalid_request_error", "model_not_found", NULL, false,
     3},
    {PB_ERR_CONTEXT_LENGTH, "context_length_exceeded", 400, "invalid_request_error",
     "context_length_exceeded", "messages", false, 3},
    {PB_ERR_CONTENT_POLICY, "content_policy", 400, "invalid_request_error",
     "content_policy_violation", NULL, false, 3},
    {PB_ERR_RATE_LIMIT, "rate_limit", 429, "rate_limit_error", "rate_limit_exceeded", NULL, true,
     3},
    {PB_ERR_QUOTA, "quota", 429, "insufficient_quota", "insufficient_quota", NULL, false, 3},
    {PB_ERR_OVERLOADED, "unavailable", 503, "server_error", "server_is_overloaded", NULL, true, 4},
    {PB_ERR_TIMEOUT, "timeout", 504, "timeout_error", "timeout", NULL, true, 4},
    {PB_ERR_UPSTREAM, "server_error", 502, "server_error", NULL, NULL, true, 4},
    {PB_ERR_PROTOCOL, "protocol", 502, "server_error", "invalid_upstream_response", NULL, true, 4},
    {PBAY_ERR_CANCELLED, "cancelled", 499, "cancelled", "cancelled", NULL, false, 5},
};

static void test_table(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const PbayErrorClass *row = pbay_error_class(rows[i].cls);
        g_assert_cmpint(row->cls, ==, rows[i].cls);
        g_assert_cmpstr(row->name, ==, rows[i].name);
        g_assert_cmpint(row->http_status, ==, rows[i].http_status);
        g_assert_cmpstr(row->type, ==, rows[i].type);
        g_assert_cmpstr(row->code, ==, rows[i].code);
        g_assert_cmpstr(row->param, ==, rows[i].param);
        g_assert_cmpint(row->retryable, ==, rows[i].retryable);
        g_assert_cmpint(row->exit_code, ==, rows[i].exit_code);
    }
    static const int32_t unknown[] = {0, -1, 16, 99, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++)
        g_assert_cmpint(pbay_error_class(unknown[i])->cls, ==, PB_ERR_INTERNAL);
}

static int32_t want_class(int status)
{
    switch (status) {
    case 401:
        return PB_ERR_AUTH;
    case 402:
        return PB_ERR_QUOTA;
    case 403:
        return PB_ERR_FORBIDDEN;
    case 404:
    case 410:
        return PB_ERR_NOT_FOUND;
    case 408:
    case 499:
    case 504:
    case 524:
        return PB_ERR_TIMEOUT;
    case 425:
    case 429:
    case 498:
        return PB_ERR_RATE_LIMIT;
    case 424:
    case 503:
    case 529:
        return PB_ERR_OVERLOADED;
    default:
        return status < 300   ? 0
               : status < 400 ? PB_ERR_CONFIG
               : status < 500 ? PB_ERR_INVALID
                              : PB_ERR_UPSTREAM;
    }
}

static void test_status(void)
{
    for (int status = 100; status < 600; status++)
        g_assert_cmpint(pbay_error_class_of_status(status), ==, want_class(status));
    g_assert_cmpint(pbay_error_class_of_status(0), ==, 0);
    g_assert_cmpint(pbay_error_class_of_status(-1), ==, 0);
    g_autoptr(PbayFailure) redirect = pbay_failure_from_driver(NULL, 302);
    g_assert_nonnull(strstr(redirect->message, "redirects elsewhere (HTTP status 302)"));
    g_assert_nonnull(strstr(redirect->message, "base-url"));
    g_assert_false(redirect->retryable);
    g_assert_true(pbay_error_status_retryable(409, PB_ERR_INVALID));
    g_assert_false(pbay_error_status_retryable(409, PB_ERR_AUTH));
    g_assert_false(pbay_error_status_retryable(400, PB_ERR_INVALID));
    g_assert_false(pbay_error_status_retryable(429, PB_ERR_QUOTA));
    g_assert_true(pbay_error_status_retryable(429, PB_ERR_RATE_LIMIT));
    g_assert_true(pbay_error_status_retryable(0, PB_ERR_TIMEOUT));
    g_assert_true(pbay_error_status_retryable(500, PB_ERR_UPSTREAM));
    g_assert_false(pbay_error_status_retryable(501, PB_ERR_UPSTREAM));
}

static void test_new_and_write(void)
{
    g_autoptr(PbayFailure) failure = pbay_failure_new(PB_ERR_CONTEXT_LENGTH, "%d \"tokens\"\n", 7);
    g_assert_cmpstr(failure->message, ==, "7 \"tokens\"\n");
    g_assert_false(failure->retryable);
    g_assert_null(failure->code);
    GString *out = g_string_new(NULL);
    pbay_failure_write(failure, out);
    g_assert_cmpstr(out->str, ==,
                    "{\"error\":{\"message\":\"7 \\\"tokens\\\"\\n\","
                    "\"type\":\"invalid_request_error\",\"param\":\"messages\","
                    "\"code\":\"context_length_exceeded\"}}");
    pbay_failure_set_code(failure, "a\"b");
    pbay_failure_set_param(failure, "input");
    g_string_truncate(out, 0);
    pbay_failure_write(failure, out);
    g_assert_nonnull(strstr(out->str, "\"param\":\"input\",\"code\":\"a\\\"b\"}}"));
    pbay_failure_set_code(failure, NULL);
    g_assert_null(failure->code);
    g_autoptr(PbayFailure) plain = pbay_failure_new(PB_ERR_FORBIDDEN, "no");
    g_string_truncate(out, 0);
    pbay_failure_write(plain, out);
    g_assert_nonnull(strstr(out->str, "\"param\":null,\"code\":null}}"));
    g_string_free(out, TRUE);
    g_autoptr(PbayFailure) unknown = pbay_failure_new(12345, "x");
    g_assert_cmpint(unknown->cls, ==, PB_ERR_INTERNAL);
}

static void test_from_driver(void)
{
    pb_error error = {.size = sizeof error,
                      .cls = PB_ERR_RATE_LIMIT,
                      .http_status = 429,
                      .retry = -1,
                      .retry_after_ms = 1500,
                      .code = PBAY_STR("tokens"),
                      .param = PBAY_STR("n"),
                      .message = PBAY_STR("slow \xFF down")};
    g_autoptr(PbayFailure) failure = pbay_failure_from_driver(&error, 200);
    g_assert_cmpint(failure->cls, ==, PB_ERR_RATE_LIMIT);
    g_assert_cmpint(failure->http_status, ==, 429);
    g_assert_false(failure->retryable);
    g_assert_cmpint(failure->retry_after_ms, ==, 1500);
    g_assert_cmpstr(failure->code, ==, "tokens");
    g_assert_cmpstr(failure->param, ==, "n");
    g_assert_cmpstr(failure->message, ==, "slow \xEF\xBF\xBD down");
    /* An older driver, whose struct ends before the texts. */
    pb_error old = error;
    old.size = (uint32_t)G_STRUCT_OFFSET(pb_error, code);
    g_autoptr(PbayFailure) short_one = pbay_failure_from_driver(&old, 0);
    g_assert_null(short_one->code);
    g_assert_nonnull(strstr(short_one->message, "429"));
    /* A newer one, whose struct is longer. */
    struct {
        pb_error error;
        char more[64];
    } newer = {.error = error};
    newer.error.size = sizeof newer;
    g_autoptr(PbayFailure) long_one = pbay_failure_from_driver(&newer.error, 0);
    g_assert_cmpstr(long_one->code, ==, "tokens");
}

static void from_driver_is(int32_t cls, int32_t retry, int status, int32_t want, bool retryable)
{
    pb_error error = {.size = sizeof error, .cls = cls, .retry = retry, .retry_after_ms = -3};
    g_autoptr(PbayFailure) failure = pbay_failure_from_driver(&error, status);
    g_assert_cmpint(failure->cls, ==, want);
    g_assert_cmpint(failure->http_status, ==, status);
    g_assert_cmpint(failure->retryable, ==, retryable);
    g_assert_cmpint(failure->retry_after_ms, ==, 0);
    g_assert_cmpuint(strlen(failure->message), >, 20); /* it says something all the same */
}

static void test_from_driver_class(void)
{
    from_driver_is(0, 0, 503, PB_ERR_OVERLOADED, true);
    from_driver_is(0, 0, 409, PB_ERR_INVALID, true);
    from_driver_is(0, 0, 200, PB_ERR_UPSTREAM, true);
    from_driver_is(0, 0, 0, PB_ERR_INTERNAL, false);
    from_driver_is(0, 1, 400, PB_ERR_INVALID, true);
    from_driver_is(0, -1, 503, PB_ERR_OVERLOADED, false);
    from_driver_is(77, 0, 404, PB_ERR_NOT_FOUND, false);               /* a class of a later ABI */
    from_driver_is(PBAY_ERR_CANCELLED, 0, 500, PB_ERR_UPSTREAM, true); /* not a driver's to say */
    from_driver_is(PB_ERR_AUTH, 0, 200, PB_ERR_AUTH, false);
    g_autoptr(PbayFailure) nothing = pbay_failure_from_driver(NULL, 500);
    g_assert_cmpint(nothing->cls, ==, PB_ERR_UPSTREAM);
}

static void test_from_gerror(void)
{
    GError *own = g_error_new(PBAY_ERROR, PB_ERR_CONFIG, "no key");
    GError *foreign = g_error_new(G_FILE_ERROR, G_FILE_ERROR_NOENT, "no file");
    g_autoptr(PbayFailure) a = pbay_failure_from_gerror(own);
    g_autoptr(PbayFailure) b = pbay_failure_from_gerror(foreign);
    g_assert_cmpint(a->cls, ==, PB_ERR_CONFIG);
    g_assert_cmpstr(a->message, ==, "no key");
    g_assert_cmpint(b->cls, ==, PB_ERR_INTERNAL);
    g_error_free(own);
    g_error_free(foreign);
}

static void test_no_secret_gets_out(void)
{
    g_autoptr(PbaySecret) secret = pbay_secret_new(PBAY_STR("sk-canary-0123456789"));
    g_autoptr(PbayFailure) failure =
        pbay_failure_new(PB_ERR_AUTH, "key %s is wrong", "sk-canary-0123456789");
    g_assert_cmpstr(failure->message, ==, "key *** is wrong");
    pbay_failure_set_code(failure, "sk-canary-0123456789");
    g_assert_cmpstr(failure->code, ==, "***");
    pbay_failure_set_request_id(failure, PBAY_STR("id sk-canary-0123456789"));
    g_assert_cmpstr(failure->request_id, ==, "id ***");
    pbay_failure_set_raw(failure, PBAY_STR("sk-can\0ary-0123456789"));
    g_assert_cmpstr(failure->raw, ==, "***"); /* cleaning joins what a NUL parted */
    g_autoptr(PbaySecret) bytes = pbay_secret_new(PBAY_STR("can\xFF\xFEno text"));
    pbay_failure_set_raw(failure, pbay_secret_peek(bytes)); /* and would change this one */
    g_assert_cmpstr(failure->raw, ==, "***");
    /* Wherever the cut falls, no half of it is left. */
    GString *body = g_string_new(NULL);
    for (gsize before = PBAY_FAILURE_RAW_MAX - 30; before < PBAY_FAILURE_RAW_MAX + 2; before++) {
        g_string_assign(body, "");
        while (body->len < before)
            g_string_append_c(body, '.');
        g_string_append(body, "sk-canary-0123456789 and more");
        pbay_failure_set_raw(failure, pbay_str_of(body));
        g_assert_null(strstr(failure->raw, "sk-"));
        g_assert_cmpuint(failure->raw_len, <=, PBAY_FAILURE_RAW_MAX);
        g_assert_cmpuint(failure->raw_len, ==, strlen(failure->raw));
    }
    g_string_free(body, TRUE);
}

static void test_bounds(void)
{
    GString *body = g_string_new(NULL);
    while (body->len < 100000)
        g_string_append(body,
                        "\xE2\x82\xAC"); /* three bytes, so that a cut must look for a place */
    pb_error error = {.size = sizeof error,
                      .cls = PB_ERR_INVALID,
                      .message = pbay_str_of(body),
                      .code = pbay_str_of(body)};
    g_autoptr(PbayFailure) failure = pbay_failure_from_driver(&error, 400);
    g_assert_cmpuint(strlen(failure->message), <=, 4096);
    g_assert_cmpuint(strlen(failure->message), >, 4000);
    g_assert_cmpuint(strlen(failure->code), <=, 256);
    g_assert_true(g_utf8_validate(failure->message, -1, NULL));
    g_assert_true(g_str_has_suffix(failure->message, "\xE2\x80\xA6"));
    pbay_failure_set_raw(failure, pbay_str_of(body));
    g_assert_true(g_utf8_validate_len(failure->raw, failure->raw_len, NULL));
    g_assert_cmpuint(failure->raw_len, <=, PBAY_FAILURE_RAW_MAX);
    pbay_failure_set_raw(failure, (pb_str){NULL, 0});
    g_assert_null(failure->raw);
    g_assert_cmpuint(failure->raw_len, ==, 0);
    g_string_free(body, TRUE);
}

static void test_refs(void)
{
    PbayFailure *failure = pbay_failure_new(PB_ERR_TIMEOUT, "late");
    g_assert_true(pbay_failure_ref(failure) == failure);
    pbay_failure_unref(failure);
    g_assert_cmpstr(failure->message, ==, "late");
    pbay_failure_unref(failure);
    pbay_failure_unref(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/error/table", test_table);
    g_test_add_func("/base/error/status", test_status);
    g_test_add_func("/base/error/new-and-write", test_new_and_write);
    g_test_add_func("/base/error/from-driver", test_from_driver);
    g_test_add_func("/base/error/from-driver-class", test_from_driver_class);
    g_test_add_func("/base/error/from-gerror", test_from_gerror);
    g_test_add_func("/base/error/no-secret", test_no_secret_gets_out);
    g_test_add_func("/base/error/bounds", test_bounds);
    g_test_add_func("/base/error/refs", test_refs);
    return g_test_run();
}
