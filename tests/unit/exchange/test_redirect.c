/* SPDX-License-Identifier: Apache-2.0 */
/* A server that redirects: which replies are that, what is said of them, whatever the driver says,
 * and that neither query nor credentials of either URL are in it. */
#include "unit/exchange/rig.h"

#include "base/str.h"

#include <string.h>

/* The failure of an exchange whose driver gives up on this reply. */
static PbayFailure *fail_on(Rig *rig, int status, const char *location)
{
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, status);
    rig->next[PBAY_OP_END] = PB_FAIL;
    if (location != NULL)
        pbay_memory_reply_header(reply, "Location", location);
    pbay_memory_reply_end(reply);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_nonnull(owner.failure);
    PbayFailure *failure = pbay_failure_ref(owner.failure);
    owner_clear(&owner);
    return failure;
}

static void test_where_to(void)
{
    static const struct {
        const char *location, *shown;
    } rows[] = {
        {"https://other.test/v2/chat", " to https://other.test/v2/chat, "},
        {"https://me:pw@other.test:8443/v2?sig=pw#pw", " to https://other.test:8443/v2, "},
        {"/v2/chat?sig=pw", " to https://api.test/v2/chat, "},
        {"../up", " to https://api.test/up, "},
        {"//other.test/x", " to https://other.test/x, "},
        {"app:open/pw?", " to "},
    };
    static const int statuses[] = {301, 302, 303, 307, 308};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Rig *rig = rig_new(true);
        rig->url = "https://api.test/v1/chat?key=pw";
        int status = statuses[i % G_N_ELEMENTS(statuses)];
        PbayFailure *failure = fail_on(rig, status, rows[i].location);
        g_assert_cmpint(failure->cls, ==, PB_ERR_CONFIG);
        g_assert_cmpint(failure->http_status, ==, status);
        g_assert_false(failure->retryable);
        if (strstr(failure->message, rows[i].shown) == NULL)
            g_error("no \"%s\" in: %s", rows[i].shown, failure->message);
        g_assert_true(
            g_str_has_prefix(failure->message, "https://api.test/v1/chat redirects (HTTP status"));
        g_assert_nonnull(strstr(failure->message, "`base-url` of provider fake"));
        if (strstr(rows[i].location, "app:") == NULL)
            g_assert_null(strstr(failure->message, "pw"));
        pbay_failure_unref(failure);
        rig_free(rig);
    }
}

static pb_next say(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    pb_error error = {
        .size = sizeof error, .cls = PB_ERR_PROTOCOL, .message = PBAY_STR("the body is no JSON")};
    rig->api->fail(x, &error);
    return PB_FAIL;
}

static void test_over_the_drivers_word(void)
{
    Rig *rig = rig_new(true);
    rig->act[PBAY_OP_END] = say;
    PbayFailure *failure = fail_on(rig, 302, "https://other.test/");
    g_assert_cmpint(failure->cls, ==, PB_ERR_CONFIG);
    g_assert_nonnull(strstr(failure->message, "https://other.test/"));
    pbay_failure_unref(failure);
    rig_free(rig);
}

/* No redirect: another status, or nowhere to go. Then the driver's word counts. */
static void test_others(void)
{
    static const struct {
        int status;
        const char *location;
    } rows[] = {{302, NULL},
                {304, "https://other.test/"},
                {201, "https://other.test/"},
                {300, "https://other.test/"},
                {404, "https://other.test/"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Rig *rig = rig_new(true);
        rig->act[PBAY_OP_END] = say;
        PbayFailure *failure = fail_on(rig, rows[i].status, rows[i].location);
        g_assert_cmpint(failure->cls, ==, PB_ERR_PROTOCOL);
        g_assert_cmpstr(failure->message, ==, "the body is no JSON");
        pbay_failure_unref(failure);
        rig_free(rig);
    }
}

/* A request that carries no key is the transport's to follow; what comes back is the driver's. */
static void test_foreign(void)
{
    Rig *rig = rig_new(true);
    rig->http_flags = PB_HTTP_FOREIGN;
    rig->act[PBAY_OP_END] = say;
    PbayFailure *failure = fail_on(rig, 302, "https://other.test/");
    g_assert_cmpstr(failure->message, ==, "the body is no JSON");
    pbay_failure_unref(failure);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/redirect/where-to", test_where_to);
    g_test_add_func("/redirect/over-the-drivers-word", test_over_the_drivers_word);
    g_test_add_func("/redirect/others", test_others);
    g_test_add_func("/redirect/foreign", test_foreign);
    return g_test_run();
}
