/* SPDX-License-Identifier: Apache-2.0 */
/* A vendor with tokens on top of the rig: a chat signs with part "value" of credential "t";
 * minting NAME asks https://api.test/token/NAME, whose reply is the value. What it answers and
 * what a mint needs first is data of the test; the clock is scripted. One thread. */
#ifndef PBAY_TESTS_CREDENTIAL_RIG_H
#define PBAY_TESTS_CREDENTIAL_RIG_H

#include "exchange/credentials.h"

#include "base/str.h"
#include "unit/exchange/rig.h"

#include <string.h>

typedef struct Tokens {
    Rig *rig;
    PbayTestClock clock;
    unsigned mints, chats; /* requests seen */
    int token_status;      /* 200 unless set */
    bool token_silent;     /* no reply at all */
    unsigned refuse;       /* so many chats are answered with 401 */
    int64_t life_ms;       /* of what is minted; 0 = never expires */
    int64_t hint_ms;       /* with a failed mint */
    bool put_nothing, begin_needs, drops;
    const char *base[8][2]; /* minting [0] needs [1] first */
    char seen[64][64];      /* authorization of each chat */
    PbayMemoryReply *held;  /* the silent reply */
} Tokens;

static Tokens *tokens_of(Rig *rig)
{
    return rig->data;
}

static void tokens_answer(void *user, size_t n, const PbayHttpRequest *request,
                          PbayMemoryReply *reply)
{
    Tokens *tokens = user;
    (void)n;
    g_autofree char *url = pbay_str_dup(request->url);
    if (strstr(url, "/token/") == NULL) {
        for (size_t i = 0; i < request->n_headers; i++)
            if (pbay_str_is(request->headers[i].name, "authorization"))
                g_snprintf(tokens->seen[tokens->chats % 64], 64, "%.*s",
                           (int)request->headers[i].value.len, request->headers[i].value.ptr);
        tokens->chats++;
        bool refuse = tokens->refuse != 0;
        tokens->refuse -= refuse;
        pbay_memory_reply_set_status(reply, refuse ? 401 : 200);
        pbay_memory_reply_end(reply);
        return;
    }
    tokens->mints++;
    tokens->held = reply;
    if (tokens->token_silent)
        return;
    g_autofree char *value = g_strdup_printf("secret-%s-%u", strrchr(url, '/') + 1, tokens->mints);
    pbay_memory_reply_set_status(reply, tokens->token_status != 0 ? tokens->token_status : 200);
    pbay_memory_reply_text(reply, value);
    pbay_memory_reply_end(reply);
}

static bool is_mint(const pb_xchg *x)
{
    return x->request.kind == PB_KIND_CREDENTIAL;
}

static const char *base_of(const Tokens *tokens, pb_str name)
{
    for (size_t i = 0; i < 8 && tokens->base[i][0] != NULL; i++)
        if (pbay_str_is(name, tokens->base[i][0]))
            return tokens->base[i][1];
    return NULL;
}

static pb_next tokens_begin(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const pb_core_api *api = rig->api;
    Tokens *tokens = tokens_of(rig);
    if (!is_mint(x)) {
        if (tokens->begin_needs) {
            api->credential_need(x, PBAY_STR("t"));
            return PB_NEED_CREDENTIAL;
        }
        g_assert_cmpuint(api->credential(x, PBAY_STR("t"), PBAY_STR("value")).len, ==, 0);
        rig_describe(rig, x);
        return PB_SEND;
    }
    const char *base = base_of(tokens, x->request.model);
    if (base != NULL && api->credential(x, pbay_str(base), PBAY_STR("value")).len == 0) {
        api->credential_need(x, pbay_str(base));
        return PB_NEED_CREDENTIAL;
    }
    g_autofree char *url = g_strdup_printf("https://api.test/token/%.*s", (int)x->request.model.len,
                                           x->request.model.ptr);
    api->http_begin(x, PBAY_STR("GET"), pbay_str(url), 0);
    return PB_SEND;
}

static pb_next tokens_sign(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    const pb_core_api *api = rig->api;
    if (is_mint(x))
        return PB_SEND;
    pb_str value = api->credential(x, PBAY_STR("t"), PBAY_STR("value"));
    if (value.len == 0) {
        api->credential_need(x, PBAY_STR("t"));
        return PB_NEED_CREDENTIAL;
    }
    api->http_header(x, PBAY_STR("authorization"), value);
    return PB_SEND;
}

static pb_next tokens_body(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    Tokens *tokens = tokens_of(rig);
    if (!is_mint(x) || tokens->put_nothing || x->reply.status != 200)
        return PB_READ;
    int64_t now = rig->api->now_ms(&rig->core);
    rig->api->credential_put(x, PBAY_STR("value"), args->bytes, 0,
                             tokens->life_ms != 0 ? now + tokens->life_ms : 0);
    rig->api->credential_put(x, PBAY_STR("account"), PBAY_STR("acme"), PB_CRED_PUBLIC, 0);
    return PB_READ;
}

static pb_next tokens_end(Rig *rig, pb_xchg *x, PbayOp op, const PbayOpArgs *args)
{
    (void)op;
    (void)args;
    Tokens *tokens = tokens_of(rig);
    if (is_mint(x) && x->reply.status != 200) {
        pb_error error = {.size = sizeof error,
                          .cls = PB_ERR_OVERLOADED,
                          .message = PBAY_STR("no token now"),
                          .retry_after_ms = tokens->hint_ms};
        rig->api->fail(x, &error);
        return PB_FAIL;
    }
    if (!is_mint(x) && x->reply.status == 401) {
        if (!tokens->drops)
            return PB_FAIL;
        rig->api->credential_drop(x, PBAY_STR("t"));
        rig->api->credential_drop(x, PBAY_STR("t"));
        return PB_SEND;
    }
    return PB_DONE;
}

static G_GNUC_UNUSED Rig *tokens_rig(Tokens *tokens)
{
    Rig *rig = rig_new(true);
    tokens->rig = rig;
    tokens->clock = (PbayTestClock){.now_ms = 1000000};
    rig->core.test = &tokens->clock;
    rig->data = tokens;
    rig->act[PBAY_OP_BEGIN] = tokens_begin;
    rig->act[PBAY_OP_SIGN] = tokens_sign;
    rig->act[PBAY_OP_BODY] = tokens_body;
    rig->act[PBAY_OP_END] = tokens_end;
    pbay_memory_transport_answer(rig->transport, tokens_answer, tokens);
    return rig;
}

/* One chat from start to end; gives how it failed, or NULL. Caller unrefs. */
static G_GNUC_UNUSED PbayFailure *tokens_chat(Rig *rig)
{
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    PbayFailure *failure = owner.failure != NULL ? pbay_failure_ref(owner.failure) : NULL;
    owner_clear(&owner);
    return failure;
}

static G_GNUC_UNUSED void tokens_chat_well(Rig *rig)
{
    g_autoptr(PbayFailure) failure = tokens_chat(rig);
    g_assert_cmpstr(failure != NULL ? failure->message : NULL, ==, NULL);
}

static G_GNUC_UNUSED void tokens_chat_fails(Rig *rig, int32_t cls, const char *said)
{
    g_autoptr(PbayFailure) failure = tokens_chat(rig);
    g_assert_nonnull(failure);
    g_test_message("%s", failure->message);
    g_assert_cmpint(failure->cls, ==, cls);
    g_assert_nonnull(strstr(failure->message, said));
}

#endif
