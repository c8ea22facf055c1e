/* SPDX-License-Identifier: Apache-2.0 */
/* What a platform does its own way: members that stand in the body or not, betas, links, and what
 * only Anthropic's own API takes. The dialect itself is proven by the drivers' recordings. */
#include "lib/anthropic/anthropic.h"

#include "lib/str.h"
#include "sdk/host.h"

static const char *const without[] = {"container", "service_tier", "web_search_options", NULL};

static const pbs_anthropic_platform own = {
    .model_in_body = true, .stream_in_body = true, .links = true, .files = true, .beta = "b1"};
static const pbs_anthropic_platform hosted = {
    .version = "hosted-1", .beta_in_body = true, .beta = "b1", .max_tokens = 9, .without = without};

/* The body that a chat request becomes, and what is told. */
static void check(const pbs_anthropic_platform *platform, const char *model, const char *request,
                  const char *body, const char *told)
{
    g_autoptr(Host) host = host_new();
    pb_request asked = {.size = sizeof asked,
                        .flags = PB_REQ_STREAM,
                        .kind = PB_KIND_CHAT,
                        .model = pbs_str(model),
                        .body = host_json(host, request)};
    pbs_anthropic *exchange = pbs_anthropic_new(&host->ctx, platform, &asked);
    g_assert_true(pbs_anthropic_is_streamed(exchange));
    pbs_anthropic_write(&host->ctx, exchange);
    g_assert_cmpstr(host->x.body->str, ==, body);
    host_expect(host, told);
    pbs_anthropic_free(exchange);
}

#define HI "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"

static void test_members(void)
{
    check(&own, "claude-3-haiku", "{" HI ",\"max_tokens\":5}",
          "{\"model\":\"claude-3-haiku\",\"max_tokens\":5," HI ",\"stream\":true}",
          "header anthropic-beta: b1\n");
    check(&hosted, "claude-3-haiku", "{" HI ",\"anthropic_beta\":[\"b2\",\"b1\"]}",
          "{\"anthropic_version\":\"hosted-1\",\"max_tokens\":9," HI
          ",\"anthropic_beta\":[\"b1\",\"b2\"]}",
          "");
}

static void test_without(void)
{
    static const char request[] =
        "{" HI ",\"max_tokens\":5,\"container\":\"c\",\"service_tier\":\"auto\",\"speed\":\"fast\","
        "\"web_search_options\":{}}";
    check(&hosted, "claude-3-haiku", request,
          "{\"anthropic_version\":\"hosted-1\",\"max_tokens\":5," HI
          ",\"speed\":\"fast\",\"anthropic_beta\":[\"b1\"]}",
          "note 1 container: Anthropic takes it, this platform does not\n"
          "note 1 service_tier: Anthropic takes it, this platform does not\n"
          "note 4 web_search_options: Anthropic takes it, this platform does not\n");
}

static void test_links(void)
{
    static const char request[] =
        "{\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
        "\"image_url\":{\"url\":\"https://example.com/a.png\"}},{\"type\":\"file\",\"file\":{"
        "\"file_id\":\"f1\"}}]}]}";
    check(&own, "claude-3-haiku", request,
          "{\"model\":\"claude-3-haiku\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\","
          "\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":"
          "\"https://example.com/a.png\"}},{\"type\":\"document\",\"source\":{\"type\":\"file\","
          "\"file_id\":\"f1\"}}]}],\"stream\":true}",
          "header anthropic-beta: b1,files-api-2025-04-14\n");
    check(&hosted, "claude-3-haiku", request,
          "{\"anthropic_version\":\"hosted-1\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\","
          "\"content\":[{\"type\":\"text\",\"text\":\"(left out)\"},{\"type\":\"text\",\"text\":"
          "\"(left out)\"}]}],\"anthropic_beta\":[\"b1\"]}",
          "note 4 image_url: an image must be JPEG, PNG, GIF or WebP in a data: URL in base64\n"
          "note 4 file: a file must be a data: URL of a PDF, an image or text\n");
}

/* The text interface has neither a version nor betas in its body. */
static void test_legacy(void)
{
    check(&own, "claude-2.1", "{" HI ",\"max_tokens\":5}",
          "{\"model\":\"claude-2.1\",\"prompt\":\"\\n\\nHuman: Hi\\n\\nAssistant:\","
          "\"max_tokens_to_sample\":5,\"stream\":true}",
          "");
    check(&hosted, "anthropic.claude-v2", "{" HI ",\"max_tokens\":5}",
          "{\"prompt\":\"\\n\\nHuman: Hi\\n\\nAssistant:\",\"max_tokens_to_sample\":5}", "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/anthropic/request/members", test_members);
    g_test_add_func("/sdk/anthropic/request/without", test_without);
    g_test_add_func("/sdk/anthropic/request/links", test_links);
    g_test_add_func("/sdk/anthropic/request/legacy", test_legacy);
    return g_test_run();
}
