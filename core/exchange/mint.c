/* SPDX-License-Identifier: Apache-2.0 */
/* A mint: the KIND_CREDENTIAL exchange that makes one credential, begun for whoever asked first
 * and belonging to nobody, so that it outlives that one. It runs on the worker where it was
 * begun; what waits for what is under the store's lock, where a cycle is seen before anybody
 * waits in it. */
#include "exchange/credential_store.h"

#include "base/str.h"
#include "config/readfile.h"
#include "observe/log.h"

#include <string.h>

#define FILE_MAX ((size_t)1 << 20)

/* A secret read anew for this mint. */
typedef struct Fresh {
    char *name;
    PbaySecret *value; /* NULL: could not be read, the old one serves */
} Fresh;

struct PbayMint {
    PbayCredentialStore *store;
    PbayCredentialEntry *entry;
    unsigned depth;                   /* 1: for an ordinary exchange */
    PbayCredentialEntry *waiting_for; /* [locked] */
    struct pb_core *core;
    char *provider;
    /* The worker's that runs it. */
    PbayCredentialSet *set;
    bool refused; /* a part passed the bounds */
    GPtrArray *fresh;
};

static void fresh_free(gpointer data)
{
    Fresh *fresh = data;
    g_free(fresh->name);
    pbay_secret_unref(fresh->value);
    g_free(fresh);
}

static void mint_free(PbayMint *mint)
{
    pbay_credential_set_free(mint->set);
    g_ptr_array_unref(mint->fresh);
    g_free(mint->provider);
    g_free(mint);
}

/* The names from `own` along what each waits for, as "a -> b -> a"; NULL: the way does not lead
 * back. */
static char *find_cycle(const PbayCredentialEntry *own, const PbayCredentialEntry *wanted)
{
    g_autoptr(GString) way = g_string_new(own->name);
    const PbayCredentialEntry *at = wanted;
    while (at != NULL) {
        g_string_append_printf(way, " -> %s", at->name);
        if (at == own)
            return g_string_free(g_steal_pointer(&way), FALSE);
        at = at->mint != NULL ? at->mint->waiting_for : NULL;
    }
    return NULL;
}

PbayFailure *pbay_mint_forbids(const PbayCredentialEntry *entry, PbayExchange *x)
{
    const PbayMint *own = x->minting;
    if (own == NULL)
        return NULL;
    g_autofree char *cycle = find_cycle(own->entry, entry);
    if (cycle != NULL)
        return pbay_failure_new(PB_ERR_CONFIG,
                                "%s: its credentials need one another in a circle: %s; check which "
                                "credential the settings base on which",
                                pbay_exchange_label(x), cycle);
    if (own->depth >= PBAY_CREDENTIAL_DEPTH)
        return pbay_failure_new(PB_ERR_CONFIG,
                                "%s: credential \"%s\" is more than %u mints away; check which "
                                "credential the settings base on which",
                                pbay_exchange_label(x), entry->name, PBAY_CREDENTIAL_DEPTH);
    return NULL;
}

void pbay_mint_waits(PbayExchange *x, PbayCredentialEntry *entry)
{
    PbayMint *own = x->minting;
    if (own != NULL)
        own->waiting_for = entry;
}

PbayMint *pbay_mint_prepare(PbayCredentialEntry *entry, PbayExchange *x)
{
    const PbayMint *own = x->minting;
    PbayMint *mint = g_new0(PbayMint, 1);
    mint->store = pbay_credential_store(x->provider);
    mint->entry = entry;
    mint->depth = own != NULL ? own->depth + 1 : 1;
    mint->core = x->provider->driver->core;
    mint->provider = g_strdup(x->provider->name);
    mint->set = pbay_credential_set_new();
    mint->fresh = g_ptr_array_new_with_free_func(fresh_free);
    entry->mint = mint;
    return mint;
}

/* The mint's own failure under the credential's name; class, hints and ids as they were. */
static PbayFailure *named_failure(const PbayMint *mint, const PbayFailure *why)
{
    PbayFailure *failure =
        pbay_failure_new(why->cls, "credential \"%s\" of provider %s could not be minted: %s",
                         mint->entry->name, mint->provider, why->message);
    failure->http_status = why->http_status;
    failure->retryable = why->retryable;
    failure->retry_after_ms = why->retry_after_ms;
    pbay_failure_set_code(failure, why->code);
    pbay_failure_set_param(failure, why->param);
    if (why->request_id != NULL)
        pbay_failure_set_request_id(failure, pbay_str(why->request_id));
    return failure;
}

static PbayFailure *judge(const PbayMint *mint, const PbayFailure *failure)
{
    if (failure != NULL)
        return named_failure(mint, failure);
    const char *what =
        mint->refused ? "gave a part that is too large, or too many parts" : "gave no part";
    if (!mint->refused && pbay_credential_set_size(mint->set) != 0)
        return NULL;
    return pbay_failure_new(PB_ERR_INTERNAL,
                            "provider %s: minting credential \"%s\" %s; this is a mistake in the "
                            "driver: update or report it",
                            mint->provider, mint->entry->name, what);
}

static void minted(void *user, const PbayFailure *outcome)
{
    PbayMint *mint = user;
    bool given_up = outcome != NULL && outcome->cls == PBAY_ERR_CANCELLED;
    g_autoptr(PbayFailure) failure = given_up ? NULL : judge(mint, outcome);
    PbayCredentialSet *set = NULL;
    if (!given_up && failure == NULL)
        set = g_steal_pointer(&mint->set);
    int64_t now = pbay_clock_now_ms(mint->core);
    pbay_credential_store_lock(mint->store);
    bool told = mint->entry->waiters.length > 0; /* those who wait fail with it, and say so */
    pbay_credential_entry_settle(mint->entry, set, failure, now);
    pbay_credential_store_unlock(mint->store);
    if (failure != NULL)
        pbay_log(told ? PBAY_LOG_DEBUG : PBAY_LOG_WARN, "exchange", "%s", failure->message);
    mint_free(mint);
}

static const PbayExchangeEvents mint_events = {.done = minted};

void pbay_mint_start(PbayMint *mint, PbayExchange *x)
{
    PbayExchangeSpec spec = {
        .provider = x->provider,
        .kind = PB_KIND_CREDENTIAL,
        .model = pbay_str(mint->entry->name),
        .api_key = x->api_key,
        .key_index = x->key_index,
        .timeouts = {.total = PBAY_CREDENTIAL_MINT_MS},
        .events = &mint_events,
        .user = mint,
    };
    pbay_exchange_start_internal(x->worker, &spec, mint);
}

void pbay_mint_put(PbayMint *mint, PbayExchange *x, pb_str part, pb_str value, bool public,
                   int64_t expires_ms)
{
    if (pbay_credential_set_put(mint->set, part, value, public, expires_ms))
        return;
    mint->refused = true;
    pbay_log(PBAY_LOG_WARN, "exchange", "%s: part \"%.*s\" of credential \"%s\" passes the bounds",
             pbay_exchange_label(x), (int)MIN(part.len, 100u), part.len != 0 ? part.ptr : "",
             mint->entry->name);
}

/* What the file holds now, as the manifest says: the content without its last newline. */
static PbaySecret *read_file(PbayExchange *x, const PbayProviderSecret *secret)
{
    g_autofree char *why = NULL;
    GString *text = g_string_new(NULL);
    PbaySecret *value = NULL;
    if (pbay_config_read_file(secret->file, FILE_MAX, false, text, &why) == 0) {
        size_t n = text->len;
        n -= n > 0 && text->str[n - 1] == '\n';
        n -= n > 0 && n < text->len && text->str[n - 1] == '\r';
        value = n != 0 ? pbay_secret_new((pb_str){text->str, n}) : NULL;
    }
    if (value == NULL)
        pbay_log(PBAY_LOG_WARN, "exchange",
                 "%s: %s, from which \"%s\" is read anew, could not be read (%s); what it held "
                 "before is used",
                 pbay_exchange_label(x), secret->file, secret->name, why != NULL ? why : "empty");
    pbay_wipe(text->str, text->allocated_len);
    g_string_free(text, TRUE);
    return value;
}

static const PbayProviderSecret *find_secret(const PbayProvider *provider, pb_str name)
{
    for (guint i = 0; i < provider->secrets->len; i++) {
        const PbayProviderSecret *secret = g_ptr_array_index(provider->secrets, i);
        if (pbay_str_is(name, secret->name))
            return secret;
    }
    return NULL;
}

PbaySecret *pbay_mint_reread(PbayMint *mint, PbayExchange *x, pb_str name)
{
    const PbayProviderSecret *secret = find_secret(x->provider, name);
    const PbayManifest *manifest = x->provider->driver->manifest;
    if (secret == NULL || secret->file == NULL || manifest == NULL)
        return NULL;
    const PbaySecretSpec *spec = pbay_manifest_secret(manifest, secret->name);
    if (spec == NULL || !spec->content)
        return NULL; /* the secret is the path itself */
    for (guint i = 0; i < mint->fresh->len; i++) {
        const Fresh *known = g_ptr_array_index(mint->fresh, i);
        if (strcmp(known->name, secret->name) == 0)
            return known->value;
    }
    Fresh *fresh = g_new0(Fresh, 1);
    fresh->name = g_strdup(secret->name);
    fresh->value = read_file(x, secret);
    g_ptr_array_add(mint->fresh, fresh);
    return fresh->value;
}
