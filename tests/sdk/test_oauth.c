/* SPDX-License-Identifier: Apache-2.0 */
/* Token endpoints: the form, the lives of tokens as the clouds write them, and refusals. */
#include "lib/oauth.h"

#include "lib/str.h"
#include "sdk/host.h"

static pb_next take(Host *host, int status, const char *body)
{
    return pbs_oauth_take(&host->ctx, status, pbs_str(body), "The login", "Check the secret");
}

static void test_form(void)
{
    g_autoptr(Host) host = host_new();
    g_autofree char *longer = g_strnfill(500, '/');
    g_autoptr(GString) want = g_string_new("a=b%20%2B%26%3D&c=");
    for (int i = 0; i < 500; i++)
        g_string_append(want, "%2F");
    g_string_append(want, "&d=");
    pbs_oauth_begin(&host->ctx, PBS_STR("https://login.example/token"));
    pbs_oauth_field(&host->ctx, true, "a", PBS_STR("b +&="));
    pbs_oauth_field(&host->ctx, false, "c", pbs_str(longer));
    pbs_oauth_field(&host->ctx, false, "d", (pb_str){NULL, 0});
    host_expect(host, "POST https://login.example/token 2\n"
                      "header content-type: application/x-www-form-urlencoded\n"
                      "header accept: application/json\n");
    g_assert_cmpstr(host->x.body->str, ==, want->str);
}

static void test_lives(void)
{
    g_autoptr(Host) host = host_new();
    static const struct {
        const char *body, *expires;
    } cases[] = {
        {"{\"access_token\":\"t\",\"expires_in\":3599}", "1795346999000"},
        {"{\"access_token\":\"t\",\"expires_in\":\"3599\",\"expires_on\":\"1\"}", "1795346999000"},
        {"{\"access_token\":\"t\",\"expires_in\":10.9}", "1795343410000"},
        {"{\"access_token\":\"t\",\"expires_on\":\"1795350000\"}", "1795350000000"},
        {"{\"access_token\":\"t\",\"expires_on\":1795350000}", "1795350000000"},
        {"{\"access_token\":\"t\"}", "1795343700000"},
        {"{\"access_token\":\"t\",\"expires_in\":\"soon\"}", "1795343700000"},
        {"{\"access_token\":\"t\",\"expires_in\":9223372036854775807}", "11795343400000"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line =
            g_strdup_printf("put token=t flags=0 expires=%s\n", cases[i].expires);
        g_assert_cmpint(take(host, 200, cases[i].body), ==, PB_DONE);
        host_expect(host, line);
    }
}

static void test_other_tokens(void)
{
    g_autoptr(Host) host = host_new();
    pbs_oauth_token token;
    g_assert_true(pbs_oauth_read(
        &host->ctx,
        host_json(host, "{\"id_token\":\"i\",\"refresh_token\":\"r\",\"token_type\":\"Bearer\"}"),
        &token));
    g_assert_true(pbs_is(token.id_token, "i") && pbs_is(token.refresh_token, "r"));
    g_assert_cmpint(token.expires_ms, ==, 0);
    g_assert_false(pbs_oauth_read(&host->ctx, host_json(host, "{}"), &token));
    g_assert_false(pbs_oauth_read(&host->ctx, NULL, &token));
}

static void test_refusals(void)
{
    g_autoptr(Host) host = host_new();
    static const struct {
        int status;
        const char *body, *line;
    } cases[] = {
        {401,
         "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client "
         "secret "
         "provided.\",\"error_codes\":[7000215]}",
         "fail cls=5 status=401 code=invalid_client message=The login gave no token: "
         "AADSTS7000215: "
         "Invalid client secret provided. Check the secret\n"},
        {400, "{\"error\":\"invalid_grant\"}",
         "fail cls=5 status=400 code=invalid_grant message=The login gave no token: invalid_grant. "
         "Check the secret\n"},
        {400, "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}",
         "fail cls=2 status=400 code=invalid_request message=The login gave no token: Identity not "
         "found. Check the secret\n"},
        {403, "{\"error\":\"access_denied\"}",
         "fail cls=6 status=403 code=access_denied message=The login gave no token: access_denied. "
         "Check the secret\n"},
        {503, "{\"error\":\"temporarily_unavailable\"}",
         "fail cls=12 status=503 code=temporarily_unavailable message=The login gave no token: "
         "temporarily_unavailable. Check the secret\n"},
        {404, "not here",
         "fail cls=2 status=404 message=The login gave no token: not here. Check the secret\n"},
        {500, "", "fail cls=0 status=500 message=The login gave no token: Check the secret\n"},
        {200, "{\"token\":\"sk-secret\"}",
         "fail cls=15 status=0 message=The login gave no token: its reply holds no access_token. "
         "Check the secret\n"},
        {200, "{\"access_token\":\"t\\r\\nx-more: 1\"}",
         "fail cls=15 status=0 code=invalid_upstream_response message=The login gave a token with "
         "bytes that no token has\n"},
        {200, "{\"access_token\":\"t\",\"expires_in\":0}",
         "fail cls=15 status=0 code=invalid_upstream_response message=The login gave a token that "
         "has expired already. Is this machine's clock right?\n"},
        {200, "{\"access_token\":\"t\",\"expires_on\":\"1\"}",
         "fail cls=15 status=0 code=invalid_upstream_response message=The login gave a token that "
         "has expired already. Is this machine's clock right?\n"},
        {200, "{\"error\":{\"message\":\"no such account\",\"code\":404}}",
         "fail cls=15 status=0 message=The login gave no token: no such account. Check the "
         "secret\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpint(take(host, cases[i].status, cases[i].body), ==, PB_FAIL);
        host_expect(host, cases[i].line);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/oauth/form", test_form);
    g_test_add_func("/sdk/oauth/lives", test_lives);
    g_test_add_func("/sdk/oauth/other-tokens", test_other_tokens);
    g_test_add_func("/sdk/oauth/refusals", test_refusals);
    return g_test_run();
}
