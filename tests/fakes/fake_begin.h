/* SPDX-License-Identifier: Apache-2.0 */
/* What `begin` of a fake does: exactly one of these, chosen by -DFAKE_xxx. A part of
 * fake_driver.c, which includes it once, after what it uses; it cannot stand alone. */
#if defined FAKE_CREDENTIAL_CYCLE || defined FAKE_CREDENTIAL_SELF
/* Minting "a" needs "b" needs "a"; SELF: "a" needs "a". */
static pb_next begin_credential(const Account *account, pb_xchg *x, const pb_request *request)
{
    const pb_core_api *api = account->api;
    int is_a = request->model.len == 1 && request->model.ptr[0] == 'a';
#if defined FAKE_CREDENTIAL_SELF
    is_a = 0;
#endif
    api->credential_need(x, is_a ? S("b") : S("a"));
    return PB_NEED_CREDENTIAL;
}
#else
/* GET base-url/token; the whole reply is the token (on_end of such an exchange). */
static pb_next begin_credential(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)request;
    describe(account, x, account->base_url, "/token", S("GET"), PB_HTTP_IDEMPOTENT);
    return PB_SEND;
}
#endif

#if defined FAKE_HANGS
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)account, (void)x, (void)request;
    struct timespec second = {1, 0};
    while (atomic_load(&control.release) == 0)
        nanosleep(&second, NULL);
    return PB_FAIL;
}
#elif defined FAKE_CRASH
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)account, (void)x, (void)request;
    raise(SIGSEGV);
    return PB_FAIL;
}
#elif defined FAKE_STDOUT
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    puts("noise from a driver");
    fflush(stdout);
    describe_chat(account, x, request);
    return PB_SEND;
}
#elif defined FAKE_SEND_WITHOUT_REQUEST
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)account, (void)x, (void)request;
    return PB_SEND;
}
#elif defined FAKE_READ_FROM_BEGIN
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    describe_chat(account, x, request);
    return PB_READ;
}
#elif defined FAKE_DONE_FROM_BEGIN
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)request;
    return answer_without_request(account, x);
}
#elif defined FAKE_DONE_EMPTY
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)account, (void)x, (void)request;
    return PB_DONE;
}
#elif defined FAKE_UNKNOWN_NEXT
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    describe_chat(account, x, request);
    return 77;
}
#elif defined FAKE_FAIL_SILENT
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)account, (void)x, (void)request;
    return PB_FAIL;
}
#elif defined FAKE_FAIL_TWICE
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)request;
    fail(account, x, PB_ERR_QUOTA, S("the first reason"));
    fail(account, x, PB_ERR_AUTH, S("the second reason"));
    return PB_FAIL;
}
#elif defined FAKE_FAIL_THEN_SEND
/* fail() and then something else than PB_FAIL. */
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    fail(account, x, PB_ERR_QUOTA, S("failed, it says"));
    describe_chat(account, x, request);
    return PB_SEND;
}
#elif defined FAKE_CREDENTIAL_FOREVER || defined FAKE_CREDENTIAL_CYCLE ||                          \
    defined FAKE_CREDENTIAL_SELF
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)request;
    account->api->credential_need(x, S("a"));
    return PB_NEED_CREDENTIAL;
}
#elif defined FAKE_CREDENTIAL_UNNAMED
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)account, (void)x, (void)request;
    return PB_NEED_CREDENTIAL;
}
#elif defined FAKE_WAIT_FOREVER
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)request;
    account->api->wait(x, 1);
    return PB_WAIT;
}
#elif defined FAKE_SECRET_FOREIGN
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)request;
    describe(account, x, account->elsewhere, "/chat", S("POST"), 0);
    return PB_SEND;
}
#elif defined FAKE_HEADER_10MB
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    size_t n = (size_t)10 << 20;
    char *big = malloc(n);
    if (big == NULL)
        return PB_FAIL;
    memset(big, 'h', n);
    describe_chat(account, x, request);
    account->api->http_header(x, S("x-big"), (pb_str){big, n});
    free(big);
    return PB_SEND;
}
#elif defined FAKE_HEADER_INJECTION
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    describe_chat(account, x, request);
    account->api->http_header(x, S("x-odd"), S("one\r\nx-injected: two"));
    return PB_SEND;
}
#elif defined FAKE_BAD_URL
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)request;
    describe(account, x, account->base_url, "/a b", S("GET"), 0);
    return PB_SEND;
}
#elif defined FAKE_WRITER_MISUSE
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    describe_chat(account, x, request);
    account->api->w_close(x);
    account->api->w_key(x, S("lost"));
    return PB_SEND;
}
#elif defined FAKE_ALLOC_MANY
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    (void)request;
    for (int i = 0; i < 64; i++) {
        unsigned char *block = account->api->alloc(x, (size_t)1 << 20);
        if (block == NULL)
            return answer_without_request(account, x);
        memset(block, 1, (size_t)1 << 20);
    }
    fail(account, x, PB_ERR_INTERNAL, S("64 MiB were given out"));
    return PB_FAIL;
}
#else
static pb_next begin_oddly(const Account *account, pb_xchg *x, const pb_request *request)
{
    describe_chat(account, x, request);
    return PB_SEND;
}
#endif
