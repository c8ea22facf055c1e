/* SPDX-License-Identifier: Apache-2.0 */
/* Names of models: ids, profiles, ARNs, and what may stand in front of them. */
#include "bedrock.h"

#include <glib.h>

static void check_part(pb_str got, const char *expected)
{
    g_autofree char *text = g_strndup(got.ptr != NULL ? got.ptr : "", got.len);
    g_assert_cmpstr(text, ==, expected);
}

static void check(const char *given, int route, const char *id, const char *name,
                  const char *region)
{
    Model model = bedrock_model(pbs_str(given));
    g_assert_cmpint((int)model.route, ==, route);
    check_part(model.id, id);
    check_part(model.name, name);
    check_part(model.region, region);
    check_part(model.hint, "");
}

#define ARN "arn:aws:bedrock:eu-west-1:123456789012:"

static void test_ids(void)
{
    check("anthropic.claude-v2:1", ROUTE_FREE, "anthropic.claude-v2:1", "anthropic.claude-v2:1",
          "");
    check("us.amazon.nova-pro-v1:0", ROUTE_FREE, "us.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0",
          "");
    check("us-gov.anthropic.x", ROUTE_FREE, "us-gov.anthropic.x", "anthropic.x", "");
    check("global.x.y", ROUTE_FREE, "global.x.y", "x.y", "");
    check("converse/meta.llama", ROUTE_CONVERSE, "meta.llama", "meta.llama", "");
    check("invoke/eu.mistral.m", ROUTE_INVOKE, "eu.mistral.m", "mistral.m", "");
    check("", ROUTE_FREE, "", "", "");
    check("converse/", ROUTE_CONVERSE, "", "", "");
}

static void test_regions(void)
{
    check("us-east-1/a.b", ROUTE_FREE, "a.b", "a.b", "us-east-1");
    check("invoke/us-gov-west-1/a.b", ROUTE_INVOKE, "a.b", "a.b", "us-gov-west-1");
    check("some-thing/a.b", ROUTE_FREE, "some-thing/a.b", "some-thing/a.b", "");
    check("us-east-x/a.b", ROUTE_FREE, "us-east-x/a.b", "us-east-x/a.b", "");
    check("US-EAST-1/a.b", ROUTE_FREE, "US-EAST-1/a.b", "US-EAST-1/a.b", "");
}

static void test_arns(void)
{
    check("arn:aws:bedrock:eu-west-1::foundation-model/ai21.j2-mid-v1", ROUTE_FREE,
          "arn:aws:bedrock:eu-west-1::foundation-model/ai21.j2-mid-v1", "ai21.j2-mid-v1",
          "eu-west-1");
    check(ARN "inference-profile/eu.anthropic.claude-x:0", ROUTE_FREE,
          ARN "inference-profile/eu.anthropic.claude-x:0", "anthropic.claude-x:0", "eu-west-1");
    check(ARN "application-inference-profile/abc", ROUTE_FREE,
          ARN "application-inference-profile/abc", "", "eu-west-1");
    check("us-east-1/" ARN "provisioned-model/abc", ROUTE_FREE, ARN "provisioned-model/abc", "",
          "us-east-1");
    check("arn:", ROUTE_FREE, "arn:", "", "");
    check("arn:aws", ROUTE_FREE, "arn:aws", "", "");
}

static void test_hint(void)
{
    Model model = bedrock_model(PBS_STR("invoke/llama/" ARN "imported-model/abc"));
    g_assert_cmpint((int)model.route, ==, ROUTE_INVOKE);
    check_part(model.hint, "llama");
    check_part(model.id, ARN "imported-model/abc");
    check_part(model.name, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bedrock/model/ids", test_ids);
    g_test_add_func("/bedrock/model/regions", test_regions);
    g_test_add_func("/bedrock/model/arns", test_arns);
    g_test_add_func("/bedrock/model/hint", test_hint);
    return g_test_run();
}
