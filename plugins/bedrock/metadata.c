/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the endpoints that hand keys to what runs beside them: that of a container (ECS, EKS), and
 * version 2 of the metadata service of an EC2 instance. In ops of a KIND_CREDENTIAL exchange.
 * Sources: "Container credential provider" of the AWS SDKs, "Use the Instance Metadata Service" of
 * the EC2 user guide. */
#include "credentials.h"

#include "lib/duration.h"
#include "lib/url.h"

#define URL_MAX       ((size_t)4096)
#define TOKEN_MAX     ((size_t)8192)
#define CONTAINER     "http://169.254.170.2"
#define INSTANCE      "http://169.254.169.254"
#define INSTANCE_KEYS "/latest/meta-data/iam/security-credentials/"

static pb_next begin_http(const pbs_ctx *ctx, Exchange *exchange, Step step, const char *method,
                          const pbs_buf *url)
{
    exchange->mint->step = step;
    ctx->api->http_begin(ctx->x, pbs_str(method), pbs_buf_str(url), PB_HTTP_IDEMPOTENT);
    return PB_SEND;
}

/* ---- A container ---- */

pb_next bedrock_container(const pbs_ctx *ctx, Exchange *exchange)
{
    const Provider *provider = exchange->provider;
    const char *path = provider->container_path;
    pbs_buf url;
    pb_next next;
    if (path[0] == '\0' && provider->container_url[0] == '\0')
        return bedrock_mint_fail(ctx, PB_ERR_CONFIG,
                                 "this is no container with credentials of its own: "
                                 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
                                 "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set");
    pbs_buf_init(&url, URL_MAX);
    bool ok = path[0] == '\0' ? pbs_buf_add(&url, pbs_str(provider->container_url))
                              : pbs_buf_add(&url, PBS_STR(CONTAINER)) &&
                                    (path[0] == '/' || pbs_buf_add_char(&url, '/')) &&
                                    pbs_buf_add(&url, pbs_str(path));
    next = ok ? begin_http(ctx, exchange, STEP_CONTAINER, "GET", &url)
              : bedrock_mint_fail(ctx, PB_ERR_CONFIG,
                                  "the address of the container's credentials is longer than 4 "
                                  "KiB; check AWS_CONTAINER_CREDENTIALS_FULL_URI");
    pbs_buf_free(&url);
    return next;
}

/* ---- An instance ---- */

static pb_next ask_instance(const pbs_ctx *ctx, Exchange *exchange, Step step, const char *path,
                            pb_str tail)
{
    pbs_buf url;
    pbs_buf_init(&url, URL_MAX);
    bool ok = pbs_buf_add(&url, PBS_STR(INSTANCE)) && pbs_buf_add(&url, pbs_str(path)) &&
              pbs_url_encode(&url, tail, NULL);
    pb_next next =
        ok ? begin_http(ctx, exchange, step, step == STEP_TOKEN ? "PUT" : "GET", &url) : PB_FAIL;
    pbs_buf_free(&url);
    return next;
}

pb_next bedrock_instance(const pbs_ctx *ctx, Exchange *exchange)
{
    if (exchange->provider->metadata_disabled)
        return bedrock_mint_fail(ctx, PB_ERR_CONFIG,
                                 "the keys are to come from the metadata service of the instance, "
                                 "and AWS_EC2_METADATA_DISABLED forbids to ask it; unset it, or "
                                 "give keys");
    return ask_instance(ctx, exchange, STEP_TOKEN, "/latest/api/token", (pb_str){NULL, 0});
}

/* ---- Signing ---- */

static bool is_line(pb_str token)
{
    for (size_t i = 0; i < token.len; i++)
        if ((unsigned char)token.ptr[i] < ' ' || token.ptr[i] == 0x7f)
            return false;
    return true;
}

pb_next bedrock_metadata_sign(const pbs_ctx *ctx, Exchange *exchange)
{
    const Mint *mint = exchange->mint;
    const pb_core_api *api = ctx->api;
    if (mint->step == STEP_TOKEN) {
        api->http_header(ctx->x, PBS_STR("x-aws-ec2-metadata-token-ttl-seconds"), PBS_STR("21600"));
    } else if (mint->step == STEP_NAME || mint->step == STEP_KEYS) {
        api->http_header(ctx->x, PBS_STR("x-aws-ec2-metadata-token"), mint->token);
    } else {
        pb_str token = pbs_trim(api->secret(ctx->x, PBS_STR("container-token-file")));
        if (token.len == 0)
            token = api->secret(ctx->x, PBS_STR("container-token"));
        if (token.len > TOKEN_MAX || !is_line(token))
            return bedrock_mint_fail(ctx, PB_ERR_CONFIG,
                                     "the token for the container's credentials is longer than 8 "
                                     "KiB or more than one line; check "
                                     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
        if (token.len > 0)
            api->http_header(ctx->x, PBS_STR("authorization"), token);
    }
    return PB_SEND;
}

/* ---- The reply ---- */

static pb_next refused(const pbs_ctx *ctx, const Exchange *exchange, pb_str body)
{
    const pb_json *object = ctx->api->json_parse(ctx->x, body, 0);
    pb_str message = pbs_cut(pbs_get_str(ctx, object, "message"), 300);
    bool container = exchange->mint->step == STEP_CONTAINER;
    bool absent = exchange->mint->step == STEP_NAME && exchange->status == 404;
    if (absent)
        return bedrock_mint_fail(ctx, PB_ERR_CONFIG,
                                 "this EC2 instance has no role: attach an instance profile that "
                                 "may call Bedrock");
    return bedrock_mint_fail(ctx, exchange->status >= 500 ? PB_ERR_UPSTREAM : PB_ERR_AUTH,
                             "the %s gave no keys (status %d)%s%.*s",
                             container ? "credentials endpoint of the container"
                                       : "metadata service of the instance",
                             (int)exchange->status, message.len > 0 ? ": " : "", (int)message.len,
                             message.len > 0 ? message.ptr : "");
}

static pb_next put_keys(const pbs_ctx *ctx, pb_str body)
{
    const pb_json *keys = ctx->api->json_parse(ctx->x, body, 0);
    pb_str id = pbs_get_str(ctx, keys, "AccessKeyId");
    pb_str secret = pbs_get_str(ctx, keys, "SecretAccessKey");
    pb_str end = pbs_get_str(ctx, keys, "Expiration");
    int64_t expires = end.len > 0 ? pbs_rfc3339(end) : 0;
    if (id.len == 0 || secret.len == 0 || expires < 0)
        return bedrock_mint_fail(ctx, PB_ERR_PROTOCOL,
                                 "the answer of the credentials endpoint holds no keys that can "
                                 "be read");
    return bedrock_put(ctx, id, secret, pbs_get_str(ctx, keys, "Token"), expires);
}

/* The first line names the role. */
static pb_str first_line(pb_str body)
{
    const char *end = body.len > 0 ? memchr(body.ptr, '\n', body.len) : NULL;
    return pbs_trim(end != NULL ? (pb_str){body.ptr, (size_t)(end - body.ptr)} : body);
}

pb_next bedrock_metadata_reply(const pbs_ctx *ctx, Exchange *exchange, pb_str body)
{
    Mint *mint = exchange->mint;
    if (exchange->status < 200 || exchange->status > 299)
        return refused(ctx, exchange, body);
    if (mint->step == STEP_CONTAINER || mint->step == STEP_KEYS)
        return put_keys(ctx, body);
    pb_str line = bedrock_keep(ctx, first_line(body));
    if (line.len == 0 || line.len > TOKEN_MAX || !is_line(line))
        return bedrock_mint_fail(ctx, PB_ERR_PROTOCOL,
                                 "the metadata service of the instance answered with nothing that "
                                 "can be used; does this machine run on EC2?");
    if (mint->step == STEP_TOKEN) {
        mint->token = line;
        return ask_instance(ctx, exchange, STEP_NAME, INSTANCE_KEYS, (pb_str){NULL, 0});
    }
    return ask_instance(ctx, exchange, STEP_KEYS, INSTANCE_KEYS, line);
}
