/* SPDX-License-Identifier: Apache-2.0 */
/* Minting AWS keys: where they come from, and the exchange that fetches them. In ops of a
 * KIND_CREDENTIAL exchange, where secrets can be read; nothing of them outlives it. */
#ifndef BEDROCK_CREDENTIALS_H
#define BEDROCK_CREDENTIALS_H

#include "bedrock.h"

/* Names of credentials. All but the region have the parts access-key-id, secret-access-key and,
 * for those that end, session-token. */
#define CREDENTIAL_AWS       "aws"       /* what requests are signed with                    */
#define CREDENTIAL_REGION    "region"    /* the public part `region`, from the profile       */
#define CREDENTIAL_SOURCE    "source"    /* what role-arn is assumed with                    */
#define CREDENTIAL_CONTAINER "container" /* the endpoint of a container                      */
#define CREDENTIAL_INSTANCE  "instance"  /* the metadata service of an EC2 instance          */
#define CREDENTIAL_PROFILE   "profile/"  /* and the profile's name                           */

typedef enum Step {
    STEP_NONE,
    STEP_ROLE, /* AssumeRole                */
    STEP_WEB,  /* AssumeRoleWithWebIdentity */
    STEP_CONTAINER,
    STEP_TOKEN, /* IMDSv2: its session       */
    STEP_NAME,  /* ... the name of the role  */
    STEP_KEYS   /* ... its keys              */
} Step;

/* Who signs AssumeRole. */
typedef struct Base {
    enum { BASE_SECRETS, BASE_PROFILE, BASE_CREDENTIAL } kind;
    pb_str name; /* of the profile, or of the credential */
} Base;

typedef struct Mint {
    Step step;
    Base base;
    bool renewed;
    pb_str role;                 /* of AssumeRole; for messages */
    pb_str token, instance_role; /* of IMDSv2 */
} Mint;

/* credentials.c: begin of a KIND_CREDENTIAL exchange, and its other ops. */
pb_next bedrock_mint(const pbs_ctx *ctx, Exchange *exchange);
pb_next bedrock_mint_sign(const pbs_ctx *ctx, Exchange *exchange, int64_t now_ms);
pb_next bedrock_mint_reply(const pbs_ctx *ctx, Exchange *exchange, pb_str body);

/* fail() with a class and a text. */
pb_next bedrock_mint_fail(const pbs_ctx *ctx, int32_t cls, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts a set of keys. expires_ms: 0 never. PB_DONE. */
pb_next bedrock_put(const pbs_ctx *ctx, pb_str id, pb_str secret, pb_str token, int64_t expires_ms);
/* A copy that lives with the exchange. */
pb_str bedrock_keep(const pbs_ctx *ctx, pb_str text);

/* profile.c: profiles of the shared files. */
pb_next bedrock_profile(const pbs_ctx *ctx, Exchange *exchange, pb_str name);
/* The keys of one profile, from the credentials file or the config file. */
bool bedrock_profile_keys(const pbs_ctx *ctx, pb_str name, pb_str *id, pb_str *secret,
                          pb_str *token);
bool bedrock_profile_get(const pbs_ctx *ctx, pb_str name, const char *key, pb_str *value);
bool bedrock_profile_exists(const pbs_ctx *ctx, pb_str name);
/* The profile that counts: the configured one, the environment's, "default". */
pb_str bedrock_profile_name(const Provider *provider);

/* sts.c: AssumeRole with `base`, and the reply of both calls. */
typedef struct Assume {
    pb_str role, session, external_id, duration;
} Assume;
pb_next bedrock_assume(const pbs_ctx *ctx, Exchange *exchange, const Assume *assume);
pb_next bedrock_assume_web(const pbs_ctx *ctx, Exchange *exchange, pb_str role);
pb_next bedrock_sts_sign(const pbs_ctx *ctx, Exchange *exchange, int64_t now_ms);
pb_next bedrock_sts_reply(const pbs_ctx *ctx, Exchange *exchange, pb_str body);

/* metadata.c: endpoints that hand keys to what runs beside them. */
pb_next bedrock_container(const pbs_ctx *ctx, Exchange *exchange);
pb_next bedrock_instance(const pbs_ctx *ctx, Exchange *exchange);
pb_next bedrock_metadata_sign(const pbs_ctx *ctx, Exchange *exchange);
pb_next bedrock_metadata_reply(const pbs_ctx *ctx, Exchange *exchange, pb_str body);

#endif
