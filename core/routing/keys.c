/* SPDX-License-Identifier: Apache-2.0 */
/* Rests of a provider's keys, as a short list: digest of the key, target or all of them, until when
 * and why. With nothing in it, which is the rule, no digest is ever made. Values of secrets are
 * only read, into a checksum that is overwritten; what is kept cannot be turned back. No clock, no
 * lock: its owner's. */
#include "routing/keys.h"

#include "base/str.h"
#include "json/writer.h"

#define DIGEST 16u /* bytes kept of a SHA-256 */

typedef struct Rest {
    uint8_t digest[DIGEST];
    char *target; /* NULL: for all of the provider */
    int64_t until;
    int32_t cls;
} Rest;

struct PbayKeys {
    GArray *rests; /* Rest */
};

static void rest_clear(gpointer rest)
{
    g_free(((Rest *)rest)->target);
}

PbayKeys *pbay_keys_new(void)
{
    PbayKeys *keys = g_new(PbayKeys, 1);
    keys->rests = g_array_new(FALSE, FALSE, sizeof(Rest));
    g_array_set_clear_func(keys->rests, rest_clear);
    return keys;
}

void pbay_keys_free(PbayKeys *keys)
{
    if (keys == NULL)
        return;
    g_array_unref(keys->rests);
    g_free(keys);
}

/* ---- a key and its digest -------------------------------------------------------------------- */

static size_t count_api_keys(const PbayProvider *provider)
{
    size_t n = 0;
    while (pbay_provider_secret(provider, PBAY_STR("api-key"), n) != NULL)
        n++;
    return n;
}

size_t pbay_keys_count(const PbayProvider *provider)
{
    return MAX(count_api_keys(provider), 1);
}

static void digest_value(GChecksum *checksum, const PbaySecret *secret)
{
    pb_str value = pbay_secret_peek(secret);
    uint64_t len = value.len; /* so that two values are never one */
    g_checksum_update(checksum, (const guchar *)&len, sizeof len);
    if (value.len > 0)
        g_checksum_update(checksum, (const guchar *)value.ptr, (gssize)value.len);
}

static void digest_all(GChecksum *checksum, const PbayProvider *provider)
{
    for (guint i = 0; i < provider->secrets->len; i++) {
        const PbayProviderSecret *secret = g_ptr_array_index(provider->secrets, i);
        g_checksum_update(checksum, (const guchar *)secret->name, (gssize)strlen(secret->name) + 1);
        for (guint j = 0; j < secret->values->len; j++)
            digest_value(checksum, g_ptr_array_index(secret->values, j));
    }
}

static void digest_key(const PbayProvider *provider, size_t key, uint8_t digest[DIGEST])
{
    static const guchar zeros[64];
    uint8_t whole[32];
    gsize len = sizeof whole;
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    const PbaySecret *secret = pbay_provider_secret(provider, PBAY_STR("api-key"), key);
    if (secret != NULL)
        digest_value(checksum, secret);
    else
        digest_all(checksum, provider);
    g_checksum_get_digest(checksum, whole, &len);
    memcpy(digest, whole, DIGEST);
    g_checksum_reset(checksum);
    g_checksum_update(checksum, zeros, sizeof zeros); /* its block still held the value */
    g_checksum_free(checksum);
}

/* ---- the list -------------------------------------------------------------------------------- */

static void forget_rest(PbayKeys *keys, guint i)
{
    g_array_remove_index_fast(keys->rests, i);
}

static void forget_ended(PbayKeys *keys, int64_t now)
{
    for (guint i = keys->rests->len; i > 0; i--)
        if (g_array_index(keys->rests, Rest, i - 1).until <= now)
            forget_rest(keys, i - 1);
}

static void forget_first_to_end(PbayKeys *keys)
{
    guint first = 0;
    for (guint i = 1; i < keys->rests->len; i++)
        if (g_array_index(keys->rests, Rest, i).until <
            g_array_index(keys->rests, Rest, first).until)
            first = i;
    forget_rest(keys, first);
}

static Rest *find_rest(PbayKeys *keys, const uint8_t digest[DIGEST], const char *target)
{
    for (guint i = 0; i < keys->rests->len; i++) {
        Rest *rest = &g_array_index(keys->rests, Rest, i);
        if (memcmp(rest->digest, digest, DIGEST) == 0 && g_strcmp0(rest->target, target) == 0)
            return rest;
    }
    return NULL;
}

/* The later of the two that may keep the key from this target; NULL: none does. */
static const Rest *rest_of(PbayKeys *keys, const PbayProvider *provider, const char *target,
                           size_t key, int64_t now)
{
    uint8_t digest[DIGEST];
    digest_key(provider, key, digest);
    const Rest *all = find_rest(keys, digest, NULL);
    const Rest *here = find_rest(keys, digest, target);
    const Rest *rest = here == NULL || (all != NULL && all->until >= here->until) ? all : here;
    return rest != NULL && rest->until > now ? rest : NULL;
}

bool pbay_keys_pick(PbayKeys *keys, const PbayProvider *provider, const char *target, int64_t now,
                    size_t *key, int64_t *until, int32_t *cls)
{
    size_t n = keys->rests->len > 0 ? pbay_keys_count(provider) : 0;
    *key = 0;
    *until = 0;
    *cls = 0;
    for (size_t i = 0; i < n; i++) {
        const Rest *rest = rest_of(keys, provider, target, i, now);
        if (rest == NULL) {
            *key = i;
            *until = 0;
            *cls = 0;
            return true;
        }
        if (i == 0 || rest->until < *until) {
            *key = i;
            *until = rest->until;
            *cls = rest->cls;
        }
    }
    return n == 0;
}

static int64_t rest_ms(const PbayFailure *failure)
{
    int64_t hint = CLAMP(failure->retry_after_ms, 0, PBAY_KEY_REST_MAX);
    switch (failure->cls) {
    case PB_ERR_AUTH:
        return MAX(hint, PBAY_KEY_REST_AUTH);
    case PB_ERR_QUOTA:
        return MAX(hint, PBAY_KEY_REST_QUOTA);
    case PB_ERR_RATE_LIMIT:
        return hint > 0 ? hint : PBAY_KEY_REST_RATE;
    default:
        return 0;
    }
}

bool pbay_keys_failed(PbayKeys *keys, const PbayProvider *provider, const char *target, size_t key,
                      const PbayFailure *failure, int64_t now)
{
    int64_t ms = rest_ms(failure);
    if (ms == 0)
        return false;
    forget_ended(keys, now);
    const char *where = failure->cls == PB_ERR_RATE_LIMIT ? target : NULL;
    Rest fresh = {.until = now + ms, .cls = failure->cls};
    digest_key(provider, key, fresh.digest);
    Rest *rest = find_rest(keys, fresh.digest, where);
    if (rest != NULL) {
        rest->cls = rest->until >= fresh.until ? rest->cls : fresh.cls;
        rest->until = MAX(rest->until, fresh.until);
        return true;
    }
    if (keys->rests->len >= PBAY_KEY_RESTS)
        forget_first_to_end(keys);
    fresh.target = g_strdup(where);
    g_array_append_val(keys->rests, fresh);
    return true;
}

void pbay_keys_worked(PbayKeys *keys, const PbayProvider *provider, const char *target, size_t key)
{
    if (keys->rests->len == 0)
        return;
    uint8_t digest[DIGEST];
    digest_key(provider, key, digest);
    for (guint i = keys->rests->len; i > 0; i--) {
        const Rest *rest = &g_array_index(keys->rests, Rest, i - 1);
        if (memcmp(rest->digest, digest, DIGEST) == 0 &&
            (rest->target == NULL || strcmp(rest->target, target) == 0))
            forget_rest(keys, i - 1);
    }
}

/* ---- for health ------------------------------------------------------------------------------ */

static void write_rest(PbayJsonWriter *w, const Rest *rest, size_t key, int64_t now)
{
    pbay_json_open(w, true);
    pbay_json_member_int(w, "index", (int64_t)key);
    pbay_json_member_int(w, "rests_ms", rest->until - now);
    pbay_json_member_str(w, "class", pbay_str(pbay_error_class(rest->cls)->name));
    if (rest->target != NULL)
        pbay_json_member_str(w, "target", pbay_str(rest->target));
    pbay_json_close(w);
}

static bool concerns(const Rest *rest, const char *target)
{
    return rest->target == NULL || target == NULL || strcmp(rest->target, target) == 0;
}

void pbay_keys_write(PbayKeys *keys, const PbayProvider *provider, const char *target, int64_t now,
                     GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, false);
    forget_ended(keys, now);
    size_t n = keys->rests->len > 0 ? pbay_keys_count(provider) : 0;
    for (size_t key = 0; key < n; key++) {
        uint8_t digest[DIGEST];
        digest_key(provider, key, digest);
        for (guint i = 0; i < keys->rests->len; i++) {
            const Rest *rest = &g_array_index(keys->rests, Rest, i);
            if (memcmp(rest->digest, digest, DIGEST) == 0 && concerns(rest, target))
                write_rest(&w, rest, key, now);
        }
    }
    pbay_json_close(&w);
}
