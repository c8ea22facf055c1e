/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the bedrock driver: Converse with every way to prove who asks, by ids, profiles and
 * ARNs, and InvokeModel of two old families. Static data. */
#include "stub/vendor_bedrock.h"
#include "stub/vendor_row.h"

#define PROVIDER "[provider bedrock]\nbase-url = @URL@\nregion = eu-central-1\n"
#define KEYS                                                                                       \
    "access-key-id = AKIDSTUBSTAYING\nsecret-access-key = stub/Secret+of+the+staying/key0\n"
#define WRONG "access-key-id = AKIDSTUBSTAYING\nsecret-access-key = stub/another/secret/key0000\n"
#define ROLE                                                                                       \
    "sts-url = @URL@\nrole-arn = arn:aws:iam::123456789012:role/Bedrock\nexternal-id = ext 1&2\n"
#define WEB                                                                                        \
    "sts-url = @URL@\nweb-identity-role-arn = arn:aws:iam::123456789012:role/Bedrock\n"            \
    "web-identity-token = @DIR@/"
#define ARN "bedrock/arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/"

static const VendorRow rows[] = {
    {.name = "bedrock-converse",
     .start = vendor_bedrock_keys_new,
     .conf = PROVIDER KEYS,
     .wrong_conf = PROVIDER WRONG,
     .model = "bedrock/eu.anthropic.claude-parrot-20240307-v1:0",
     .tool_model = "bedrock/converse/anthropic.claude-tools-20240307-v1:0"},
    {.name = "bedrock-invoke-claude",
     .start = vendor_bedrock_keys_new,
     .conf = PROVIDER KEYS,
     .wrong_conf = PROVIDER WRONG,
     .model = "bedrock/invoke/anthropic.claude-v2:1"},
    {.name = "bedrock-invoke-titan",
     .start = vendor_bedrock_keys_new,
     .conf = PROVIDER KEYS,
     .wrong_conf = PROVIDER WRONG,
     .model = "bedrock/invoke/amazon.titan-text-express-v1"},
    {.name = "bedrock-bearer",
     .start = vendor_bedrock_bearer_new,
     .conf = PROVIDER "api-key = bedrock-api-key-stub0001\n",
     .wrong_conf = PROVIDER "api-key = bedrock-api-key-stub0002\n",
     .model = ARN "parrot",
     .tool_model = ARN "tools"},
    {.name = "bedrock-assume-role",
     .start = vendor_bedrock_role_new,
     .conf = PROVIDER KEYS ROLE,
     .wrong_conf = PROVIDER WRONG ROLE,
     .model = "bedrock/us.amazon.nova-parrot-v1:0",
     .tool_model = "bedrock/us.amazon.nova-tools-v1:0"},
    {.name = "bedrock-web-identity",
     .start = vendor_bedrock_web_new,
     .conf = PROVIDER WEB "token\n",
     .file = "token",
     .file_text = "eyJ.web+token/=.x\n",
     .model = ARN "parrot",
     .tool_model = ARN "tools"},
    {.name = "bedrock-container",
     .start = vendor_bedrock_container_new,
     .conf = PROVIDER "container-url = @URL@/v2/keys?id=1\ncontainer-token = container-token-1\n",
     .wrong_conf =
         PROVIDER "container-url = @URL@/v2/keys?id=1\ncontainer-token = container-token-2\n",
     .model = ARN "parrot",
     .tool_model = ARN "tools"},
    {.name = "bedrock-profile",
     .start = vendor_bedrock_role_new,
     .conf = "[provider bedrock]\nbase-url = @URL@\nsts-url = @URL@\nprofile = dev\n"
             "config-file = @DIR@/aws-config\n",
     .file = "aws-config",
     .file_text = "[default]\naws_access_key_id = AKIDSTUBSTAYING\n"
                  "aws_secret_access_key = stub/Secret+of+the+staying/key0 # a comment\n"
                  "[profile dev]\nregion = eu-central-1\nsource_profile = default\n"
                  "role_arn = arn:aws:iam::123456789012:role/Bedrock\nexternal_id = ext 1&2\n",
     .model = "bedrock/mistral.parrot-large-2402-v1:0",
     .tool_model = "bedrock/mistral.tools-large-2402-v1:0"},
};

const VendorRow *vendor_rows_bedrock(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}
