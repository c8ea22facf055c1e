/* SPDX-License-Identifier: Apache-2.0 */
/* Microsoft's credentials: which of them signs, and how each way of getting a token asks. */
#include "lib/entra.h"

#include "lib/str.h"
#include "sdk/host.h"

#define SCOPE "https://cognitiveservices.azure.com/.default"

static pbs_entra entra_of(Host *host, const char *config)
{
    pbs_entra entra;
    pbs_entra_read(host->ctx.api, host_json(host, config), SCOPE, &entra);
    return entra;
}

static void set(Host *host, const char *name, const char *value)
{
    g_hash_table_insert(host->x.secrets, (char *)name, (char *)value);
}

static pbs_entra_way sign(Host *host, const char *config, const char *header, pb_next want)
{
    pbs_entra entra = entra_of(host, config);
    pbs_entra_way way;
    g_assert_cmpint(pbs_entra_sign(&host->ctx, &entra, header, &way), ==, want);
    return way;
}

static void test_one_alone(void)
{
    g_autoptr(Host) host = host_new();
    const char *app = "{\"tenant-id\":\"t\",\"client-id\":\"c\"}";
    g_assert_cmpint(sign(host, "{}", "api-key", PB_SEND), ==, PBS_ENTRA_NONE);
    host_expect(host, "");
    sign(host, app, "api-key", PB_NEED_CREDENTIAL);
    host_expect(host, "need entra\n");
    set(host, "entra/token", "minted");
    g_assert_cmpint(sign(host, app, "api-key", PB_SEND), ==, PBS_ENTRA_MINTED);
    host_expect(host, "header authorization: Bearer minted\n");
    g_assert_cmpint(sign(host, "{\"managed-identity\":true}", NULL, PB_SEND), ==, PBS_ENTRA_MINTED);
    host_expect(host, "header authorization: Bearer minted\n");
    set(host, "ad-token", "ready");
    g_assert_cmpint(sign(host, app, "api-key", PB_SEND), ==, PBS_ENTRA_READY);
    host_expect(host, "header authorization: Bearer ready\n");
    set(host, "api-key", "k");
    g_assert_cmpint(sign(host, app, "api-key", PB_SEND), ==, PBS_ENTRA_KEY);
    host_expect(host, "header api-key: k\n");
    g_assert_cmpint(sign(host, app, NULL, PB_SEND), ==, PBS_ENTRA_KEY);
    host_expect(host, "header authorization: Bearer k\n");
    g_assert_cmpint(sign(host, "{\"auth\":\"entra\"}", "api-key", PB_SEND), ==, PBS_ENTRA_READY);
    host_expect(host, "header authorization: Bearer ready\n");
    set(host, "api-key", NULL);
    g_assert_cmpint(sign(host, "{\"auth\":\"key\",\"tenant-id\":\"t\",\"client-id\":\"c\"}",
                         "api-key", PB_FAIL),
                    ==, PBS_ENTRA_NONE);
    host_expect(host, "fail cls=2 status=0 message=auth = key, and there is no api-key; set it, or "
                      "auth = auto\n");
    set(host, "ad-token", NULL);
    set(host, "api-key", "k");
    g_assert_cmpint(sign(host, "{\"auth\":\"entra\"}", "api-key", PB_FAIL), ==, PBS_ENTRA_NONE);
    host_expect(host, "fail cls=2 status=0 message=auth = entra, and there is no Entra ID "
                      "credential; set ad-token, or tenant-id and client-id with a secret, or "
                      "managed-identity, or auth = auto\n");
}

static void begin(Host *host, const char *config, pb_next want)
{
    pbs_entra entra = entra_of(host, config);
    g_assert_cmpint(pbs_entra_begin(&host->ctx, &entra), ==, want);
}

static void test_app(void)
{
    g_autoptr(Host) host = host_new();
    const char *config = "{\"tenant-id\":\"a/b\",\"client-id\":\"c 1\","
                         "\"authority\":\"https://login.microsoftonline.us/\"}";
    set(host, "client-secret", "s~+");
    begin(host, config, PB_SEND);
    host_expect(host, "POST https://login.microsoftonline.us/a%2Fb/oauth2/v2.0/token 2\n"
                      "header content-type: application/x-www-form-urlencoded\n"
                      "header accept: application/json\n");
    g_assert_cmpstr(host->x.body->str, ==,
                    "client_id=c%201&client_secret=s~%2B&scope=https%3A%2F%2Fcognitiveservices."
                    "azure.com%2F.default&grant_type=client_credentials");
}

static void test_workload(void)
{
    g_autoptr(Host) host = host_new();
    set(host, "federated-token-file", "eyJ.a.b\n");
    begin(host, "{\"tenant-id\":\"t\",\"client-id\":\"c\"}", PB_SEND);
    g_assert_cmpstr(host->x.body->str, ==,
                    "client_id=c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-"
                    "assertion-type%3Ajwt-bearer&client_assertion=eyJ.a.b&scope=https%3A%2F%2F"
                    "cognitiveservices.azure.com%2F.default&grant_type=client_credentials");
}

static void test_machine(void)
{
    g_autoptr(Host) host = host_new();
    begin(host, "{\"managed-identity\":true}", PB_SEND);
    host_expect(host, "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version="
                      "2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com%2F 2\n"
                      "header metadata: true\n");
    begin(host,
          "{\"managed-identity\":true,\"client-id\":\"c\",\"scope\":\"https://ml.azure.com/"
          ".default\","
          "\"identity-endpoint\":\"http://127.0.0.1:9\"}",
          PB_SEND);
    host_expect(host, "GET http://127.0.0.1:9/metadata/identity/oauth2/token?api-version="
                      "2018-02-01&resource=https%3A%2F%2Fml.azure.com%2F&client_id=c 2\n"
                      "header metadata: true\n");
}

static void test_replies(void)
{
    g_autoptr(Host) host = host_new();
    pbs_entra app = entra_of(host, "{\"tenant-id\":\"t\",\"client-id\":\"c\"}");
    pbs_entra machine = entra_of(host, "{\"managed-identity\":true}");
    pb_str refused =
        PBS_STR("{\"error\":\"invalid_client\",\"error_description\":\"AADSTS700016\"}");
    g_assert_cmpint(pbs_entra_take(&host->ctx, &machine, 200,
                                   PBS_STR("{\"access_token\":\"a\",\"expires_in\":\"60\"}")),
                    ==, PB_DONE);
    host_expect(host, "put token=a flags=0 expires=1795343460000\n");
    g_assert_cmpint(pbs_entra_take(&host->ctx, &app, 401, refused), ==, PB_FAIL);
    host_expect(host,
                "fail cls=5 status=401 code=invalid_client message=Microsoft Entra ID gave no "
                "token: AADSTS700016. Check tenant-id, client-id and the client's secret or "
                "token\n");
    g_assert_cmpint(
        pbs_entra_take(&host->ctx, &machine, 400, PBS_STR("{\"error\":\"invalid_request\"}")), ==,
        PB_FAIL);
    host_expect(host, "fail cls=2 status=400 code=invalid_request message=the machine's managed "
                      "identity gave no token: invalid_request. Is an identity assigned to this "
                      "machine, and client-id one of its identities?\n");
}

static void test_nothing(void)
{
    g_autoptr(Host) host = host_new();
    begin(host, "{\"tenant-id\":\"t\",\"client-id\":\"c\"}", PB_FAIL);
    g_assert_true(g_str_has_prefix(host->x.log->str, "fail cls=2 status=0 message=nothing to get"));
    g_autofree char *longer = g_strnfill(5000, 't');
    g_autofree char *config = g_strdup_printf(
        "{\"tenant-id\":\"%s\",\"client-id\":\"c\",\"managed-identity\":true}", longer);
    g_string_truncate(host->x.log, 0);
    set(host, "client-secret", "s");
    begin(host, config, PB_FAIL);
    g_assert_true(g_str_has_prefix(host->x.log->str, "fail cls=2 status=0 message=the address"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/entra/one-alone", test_one_alone);
    g_test_add_func("/sdk/entra/app", test_app);
    g_test_add_func("/sdk/entra/workload", test_workload);
    g_test_add_func("/sdk/entra/machine", test_machine);
    g_test_add_func("/sdk/entra/replies", test_replies);
    g_test_add_func("/sdk/entra/nothing", test_nothing);
    return g_test_run();
}
