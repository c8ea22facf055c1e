/* SPDX-License-Identifier: Apache-2.0 */
/* Model lists in their three forms and image answers in their two. */
#include "lib/listing.h"

#include "sdk/host.h"

static void models(const char *answer, pb_next result, const char *expected)
{
    g_autoptr(Host) host = host_new();
    g_assert_cmpint(pbs_models_take(&host->ctx, host_json(host, answer)), ==, result);
    if (result == 0)
        host_expect(host, expected);
}

static void images(const char *answer, pb_next result, const char *expected)
{
    g_autoptr(Host) host = host_new();
    g_assert_cmpint(pbs_images_take(&host->ctx, host_json(host, answer)), ==, result);
    if (result == 0)
        host_expect(host, expected);
}

static void test_models(void)
{
    models(
        "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\",\"name\":\"B\"}]}", 0,
        "model id=a text={\"id\":\"a\"}\nmodel id=b name=B text={\"id\":\"b\",\"name\":\"B\"}\n");
    models("[{\"name\":\"c\"},{\"x\":1},7,null]", 0, "model id=c name=c text={\"name\":\"c\"}\n");
    models("{\"models\":[{\"id\":\"d\"}]}", 0, "model id=d text={\"id\":\"d\"}\n");
    models("{\"data\":[]}", 0, "");
    models("{}", PB_FAIL, NULL);
    models("{\"data\":{}}", PB_FAIL, NULL);
    models("7", PB_FAIL, NULL);
}

static void test_images(void)
{
    images("{\"data\":[{\"url\":\"u\"}]}", 0, "json text={\"data\":[{\"url\":\"u\"}]}\n");
    images("{\"data\":[{\"b64_json\":\"x\"}],\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}",
           0,
           "json "
           "text={\"data\":[{\"b64_json\":\"x\"}],\"usage\":{\"input_tokens\":1,\"output_tokens\":"
           "2}}\n"
           "usage in=1 out=2\n");
    images("{\"data\":[]}", PB_FAIL, NULL);
    images("{\"data\":[{}]}", PB_FAIL, NULL);
    images("{}", PB_FAIL, NULL);
    images("[]", PB_FAIL, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/listing/models", test_models);
    g_test_add_func("/sdk/listing/images", test_images);
    return g_test_run();
}
