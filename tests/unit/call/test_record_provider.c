/* SPDX-License-Identifier: Apache-2.0 */
/* Who was configured: options that were set, made-up secrets, the address of this machine turned
 * into the vendor's; what cannot be told safely. */
#include "call/record.h"
#include "unit/call/fake.h"

/* A provider of the rig's driver with these options. */
static PbayProvider *provider_of(Rig *rig, const char *options)
{
    static const char *const secrets[] = {"api-key", "canary-key-one", NULL};
    g_autoptr(GError) error = NULL;
    PbayProvider *provider = pbay_provider_new(&rig->driver, "fake", options, secrets, &error);
    g_assert_no_error(error);
    return provider;
}

/* The line for these options, or why there is none; g_free */
static char *line_of(Rig *rig, const char *options, bool vendor, PbaySecret *api_key)
{
    PbayProvider *provider = provider_of(rig, options);
    PbayRecordSpec spec = {.provider = provider, .kind = PB_KIND_CHAT, .api_key = api_key};
    g_autofree char *why = NULL;
    provider->vendor = vendor;
    PbayRecorder *recorder = pbay_recorder_new(&spec, &why);
    GString *out = g_string_new(why);
    if (recorder != NULL)
        pbay_record_provider(recorder, out);
    pbay_recorder_free(recorder);
    pbay_provider_unref(provider);
    return g_string_free(out, FALSE);
}

static void test_options(void)
{
    static const struct {
        const char *options, *line;
        bool vendor;
    } rows[] = {
        {"{}", "\"options\":{},", true},
        {"{\"base-url\":\"https://fake.test/v1\"}", "\"options\":{},", true},
        {"{\"base-url\":\"https://other.test/v1\"}",
         "\"options\":{\"base-url\":\"https://other.test/v1\"},", true},
        {"{\"base-url\":\"http://127.0.0.1:8080/v1\"}", "\"options\":{},", true},
        {"{\"base-url\":\"http://localhost:8080/v2\"}",
         "\"options\":{\"base-url\":\"https://fake.test/v2\"},", true},
        {"{\"base-url\":\"http://[::1]:8080/v1\"}",
         "\"options\":{\"base-url\":\"https://provider.example/v1\"},", false},
        {"{\"note\":[1, \"canary-key-one\"]}", "\"options\":{\"note\":[1,\"sk-demo-0123456789\"]},",
         true},
    };
    Rig *rig = rig_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *line = line_of(rig, rows[i].options, rows[i].vendor, NULL);
        assert_holds(line, "{\"provider\":{\"name\":\"fake\",");
        assert_holds(line, rows[i].line);
        assert_holds(line, "\"secrets\":{\"api-key\":\"sk-demo-0123456789\"}}}\n");
        assert_lacks(line, "canary");
        assert_lacks(line, "prefix");
    }
    rig_free(rig);
}

static void test_refused(void)
{
    Rig *rig = rig_new(NULL);
    g_autoptr(PbaySecret) shorty = pbay_secret_new(PBAY_STR("short"));
    g_autofree char *user = line_of(rig, "{\"base-url\":\"https://u:p@h.test/v1\"}", true, NULL);
    g_autofree char *query = line_of(rig, "{\"base-url\":\"https://h.test/v1?k=1\"}", true, NULL);
    g_autofree char *key = line_of(rig, "{}", true, shorty);
    assert_holds(user, "its base-url holds more than an address");
    assert_holds(query, "its base-url holds more than an address");
    assert_holds(key, "the secret api-key is shorter than 6 bytes");
    rig_free(rig);
}

static void test_place(void)
{
    Rig *rig = rig_new(NULL);
    PbayProvider *local = provider_of(rig, "{\"base-url\":\"http://127.0.0.1:1/v1\"}");
    g_autofree char *here = pbay_record_place(local);
    g_autofree char *there = pbay_record_place(rig->provider);
    g_assert_cmpstr(here, ==, "a server of this machine");
    g_assert_cmpstr(there, ==, "https://fake.test");
    pbay_provider_unref(local);
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record-provider/options", test_options);
    g_test_add_func("/record-provider/refused", test_refused);
    g_test_add_func("/record-provider/place", test_place);
    return g_test_run();
}
