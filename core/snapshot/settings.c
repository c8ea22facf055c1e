/* SPDX-License-Identifier: Apache-2.0 */
/* The core's own keys of a provider: bounds, matching, headers, TLS and proxy, further origins;
 * each from the section, else from [defaults], else built in. Types were checked when the
 * configuration was read. [main]. */
#include "snapshot/draft.h"

#include "base/str.h"
#include "snapshot/origin.h"

#include <string.h>

/* The section that says it, or NULL. */
static const PbaySection *where(const PbayDraft *draft, const char *key)
{
    if (pbay_draft_value(draft, key) != NULL)
        return draft->section;
    bool set = draft->defaults != NULL && pbay_section_get(draft->defaults, key) != NULL;
    return set ? draft->defaults : NULL;
}

static int64_t ms(const PbayDraft *draft, const char *key, int64_t otherwise)
{
    const PbaySection *section = where(draft, key);
    return section != NULL ? pbay_section_ms(section, key, otherwise) : otherwise;
}

static void set_bounds(PbayDraft *draft)
{
    PbayProvider *provider = draft->provider;
    PbayTimeouts *t = &provider->timeouts;
    t->connect = ms(draft, "timeout-connect", t->connect);
    t->first_byte = ms(draft, "timeout-first-byte", t->first_byte);
    /* A server that may take long for its first byte may take as long for its first token. */
    int64_t first_token = t->first_byte > 0 ? MAX(t->first_token, t->first_byte) : 0;
    t->first_token = ms(draft, "timeout-first-token", first_token);
    t->idle = ms(draft, "timeout-idle", t->idle);
    t->attempt = ms(draft, "timeout-attempt", t->attempt);
    t->total = ms(draft, "timeout", t->total);
    const PbaySection *section = where(draft, "max-response");
    if (section != NULL)
        provider->max_response = pbay_section_size(section, "max-response", provider->max_response);
    section = where(draft, "drop-params");
    const char *drops = section != NULL ? pbay_section_str(section, "drop-params") : NULL;
    if (drops == NULL)
        return;
    provider->drops_explicit = true;
    provider->drops = strcmp(drops, "drop") == 0    ? PBAY_DROPS_DROP
                      : strcmp(drops, "error") == 0 ? PBAY_DROPS_ERROR
                                                    : PBAY_DROPS_WARN;
}

/* The scalar of a key that may miss a variable, which blocks the provider. NULL: absent or
 * missing. */
static char *text_of(PbayDraft *draft, const char *key)
{
    const PbayValue *value = pbay_draft_value(draft, key);
    if (value == NULL || pbay_draft_is_missing(draft, value))
        return NULL;
    return g_strdup(value->items[0]);
}

static void add_header(PbayDraft *draft, const PbayValue *value)
{
    const char *text = value->items[0];
    if (pbay_draft_is_missing(draft, value) || text == NULL || text[0] == '\0')
        return;
    PbayHeader *header = g_new0(PbayHeader, 1);
    header->name = g_ascii_strdown(value->key + strlen("header."), -1);
    header->value = pbay_secret_new(pbay_str(text));
    header->secret = value->expanded || pbay_header_is_secret(pbay_str(header->name));
    g_ptr_array_add(draft->provider->headers, header);
}

void pbay_draft_settings(PbayDraft *draft)
{
    PbayProvider *provider = draft->provider;
    set_bounds(draft);
    if (draft->section == NULL)
        return;
    const PbayValue *match = pbay_draft_value(draft, "match");
    if (match != NULL && !pbay_draft_is_missing(draft, match)) {
        g_strfreev(provider->match);
        provider->match = g_strdupv((char **)match->items);
    }
    provider->ca_file = text_of(draft, "ca-file");
    provider->proxy = text_of(draft, "proxy");
    provider->no_proxy = text_of(draft, "no-proxy");
    for (guint i = 0; i < draft->section->values->len; i++) {
        const PbayValue *value = g_ptr_array_index(draft->section->values, i);
        if (g_str_has_prefix(value->key, "header."))
            add_header(draft, value);
    }
}

/* One origin from the manifest or from the section (value, else NULL). */
static void add_origin(PbayDraft *draft, const char *text, const PbayValue *value)
{
    g_autofree char *lacking = NULL;
    g_autofree char *url = pbay_origin_fill(text, draft->values, &lacking);
    g_autofree char *origin = url != NULL ? pbay_origin_pattern(pbay_str(url)) : NULL;
    if (origin != NULL) {
        pbay_provider_add_origin(draft->provider, origin);
        return;
    }
    if (value == NULL)
        return; /* an option that is not set: that origin does not exist here */
    g_autofree char *title = g_strconcat("provider ", draft->provider->name, NULL);
    if (lacking != NULL)
        pbay_problems_add(draft->problems, value->origin, title, value->key,
                          "write the host itself, or set that option",
                          "`origins` uses the option {%s}, which has no value", lacking);
    else
        pbay_problems_add(draft->problems, value->origin, title, value->key,
                          "such as https://sts.example.com", "`origins` holds no http(s) origin");
}

void pbay_draft_origins(PbayDraft *draft)
{
    g_autofree char *base = pbay_url_origin(pbay_str(draft->provider->base_url));
    if (base != NULL)
        pbay_provider_add_origin(draft->provider, base);
    for (size_t i = 0; draft->manifest->origins[i] != NULL; i++)
        add_origin(draft, draft->manifest->origins[i], NULL);
    const PbayValue *value = pbay_draft_value(draft, "origins");
    if (value == NULL || pbay_draft_is_missing(draft, value))
        return;
    for (size_t i = 0; value->items[i] != NULL; i++)
        add_origin(draft, value->items[i], value);
}
