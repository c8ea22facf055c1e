/* SPDX-License-Identifier: Apache-2.0 */
/* Who was configured, as a recording says it: the options that are not the manifest's own defaults,
 * made-up secrets, and an address that is the vendor's where the real one was this machine. Reads
 * the provider alone; on the worker's thread. */
#include "call/record.h"

#include "base/str.h"
#include "drivers/drivers.h"
#include "drivers/option.h"
#include "json/reader.h"
#include "json/writer.h"

/* What stands between "://" and the path; empty: no URL. */
static pb_str authority(const char *url)
{
    const char *from = strstr(url, "://");
    if (from == NULL)
        return (pb_str){NULL, 0};
    from += 3;
    return (pb_str){from, strcspn(from, "/?#")};
}

static bool is_local(const char *url)
{
    static const char *const hosts[] = {"localhost", "127.", "[::1]", "0.0.0.0"};
    pb_str at = authority(url);
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++)
        if (at.len >= strlen(hosts[i]) &&
            g_ascii_strncasecmp(at.ptr, hosts[i], strlen(hosts[i])) == 0)
            return true;
    return false;
}

static char *origin_of(const char *url)
{
    pb_str at = authority(url);
    return at.len != 0 ? g_strndup(url, (gsize)(at.ptr - url) + at.len) : g_strdup("");
}

/* The manifest's own address for its own vendor, else one that nobody has. g_free. */
static char *public_origin(const PbayProvider *provider)
{
    const PbayOption *option = pbay_manifest_option(provider->driver->manifest, "base-url");
    const char *known = option != NULL && provider->vendor ? option->value : NULL;
    if (known != NULL && authority(known).len != 0 && strchr(known, '{') == NULL)
        return origin_of(known);
    return g_strdup("https://provider.example");
}

static void learn_address(PbayRecorder *r)
{
    const char *real = r->spec.provider->base_url;
    if (real == NULL || !is_local(real))
        return;
    g_autofree char *from = origin_of(real), *to = public_origin(r->spec.provider);
    pbay_words_add(r->words, pbay_str(from), to);
}

static char *learn_secret(PbayRecorder *r, const char *name, PbaySecret *secret)
{
    if (pbay_words_add_secret(r->words, name, secret) || pbay_secret_peek(secret).len == 0)
        return NULL;
    return g_strdup_printf("the secret %s is shorter than %zu bytes, so that it cannot be told "
                           "apart from other text",
                           name, PBAY_WORD_MIN);
}

static char *learn_secrets(PbayRecorder *r)
{
    const GPtrArray *secrets = r->spec.provider->secrets;
    char *why = NULL;
    if (r->spec.api_key != NULL)
        why = learn_secret(r, "api-key", r->spec.api_key);
    for (guint i = 0; i < secrets->len; i++) {
        const PbayProviderSecret *secret = g_ptr_array_index(secrets, i);
        for (guint k = 0; k < secret->values->len && why == NULL; k++)
            why = learn_secret(r, secret->name, g_ptr_array_index(secret->values, k));
    }
    return why;
}

static char *learn_headers(PbayRecorder *r)
{
    const GPtrArray *configured = r->spec.provider->headers;
    char *why = NULL;
    for (guint i = 0; configured != NULL && i < configured->len && why == NULL; i++) {
        const PbayHeader *header = configured->pdata[i];
        if (header->secret || pbay_header_is_secret(pbay_str(header->name)))
            why = learn_secret(r, header->name, header->value);
    }
    for (size_t i = 0; i < r->spec.n_headers && why == NULL; i++) {
        const PbayHttpHeader *header = &r->spec.headers[i];
        if (!header->secret && !pbay_header_is_secret(header->name))
            continue;
        g_autoptr(PbaySecret) secret = pbay_secret_new(header->value);
        g_autofree char *name = pbay_str_dup(header->name);
        why = learn_secret(r, name, secret);
    }
    return why;
}

char *pbay_record_learn(PbayRecorder *r)
{
    const char *url = r->spec.provider->base_url;
    pb_str at = authority(url != NULL ? url : "");
    if (at.len != 0 && (memchr(at.ptr, '@', at.len) != NULL || strchr(url, '?') != NULL))
        return g_strdup("its base-url holds more than an address, which may be a secret");
    learn_address(r);
    char *why = learn_secrets(r);
    return why != NULL ? why : learn_headers(r);
}

char *pbay_record_place(const PbayProvider *provider)
{
    const char *url = provider->base_url != NULL ? provider->base_url : "";
    if (url[0] == '\0' || is_local(url))
        return g_strdup("a server of this machine");
    return origin_of(url);
}

/* The manifest's default as provider_open would get it, or "". */
static void write_default(const PbayOption *option, GString *out)
{
    char *one[] = {option->value, NULL};
    bool list = option->type == PBAY_OPTION_LIST || option->type == PBAY_OPTION_MAP;
    if (option->value == NULL)
        return;
    g_auto(GStrv) several = list ? pbay_option_split(option->value) : NULL;
    if (!pbay_option_to_json(option, list ? several : one, out, NULL))
        g_string_truncate(out, 0);
}

static void write_option(const PbayRecorder *r, PbayJsonWriter *w, pb_str key, pb_str json)
{
    g_autofree char *name = pbay_str_dup(key);
    const PbayOption *option = pbay_manifest_option(r->spec.provider->driver->manifest, name);
    g_autoptr(GString) text = g_string_new(NULL), known = g_string_new(NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    pbay_words_replace(r->words, json, NULL, text);
    pbay_record_compact(pbay_str_of(text), line);
    if (option != NULL)
        write_default(option, known);
    if (g_string_equal(line, known))
        return;
    pbay_json_key(w, key);
    pbay_json_write_raw(w, pbay_str_of(line));
}

static void write_options(const PbayRecorder *r, PbayJsonWriter *w)
{
    pb_str key = {NULL, 0};
    pbay_json_key(w, PBAY_STR("options"));
    pbay_json_open(w, true);
    for (const pb_json *value = pbay_json_first(r->spec.provider->config, &key); value != NULL;
         value = pbay_json_next(value, &key))
        if (!pbay_str_is(key, "prefix"))
            write_option(r, w, key, pbay_json_text(value));
    pbay_json_close(w);
}

static void write_secrets(const PbayRecorder *r, PbayJsonWriter *w)
{
    const GPtrArray *secrets = r->spec.provider->secrets;
    bool own_key = r->spec.api_key != NULL;
    pbay_json_key(w, PBAY_STR("secrets"));
    pbay_json_open(w, true);
    for (guint i = 0; i < secrets->len; i++) {
        const PbayProviderSecret *secret = g_ptr_array_index(secrets, i);
        g_autofree char *made_up = pbay_words_made_up(secret->name);
        if (secret->values->len == 0)
            continue;
        own_key = own_key && strcmp(secret->name, "api-key") != 0;
        pbay_json_member_str(w, secret->name, pbay_str(made_up));
    }
    if (own_key) {
        g_autofree char *made_up = pbay_words_made_up("api-key");
        pbay_json_member_str(w, "api-key", pbay_str(made_up));
    }
    pbay_json_close(w);
}

void pbay_record_provider(const PbayRecorder *r, GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pbay_json_key(&w, PBAY_STR("provider"));
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "name", pbay_str(r->spec.provider->name));
    write_options(r, &w);
    write_secrets(r, &w);
    pbay_json_close(&w);
    pbay_json_close(&w);
    g_string_append_c(out, '\n');
}
