/* SPDX-License-Identifier: Apache-2.0 */
/* Owns `config show`: the merged whole as conf.d text or JSON, with origins. Any thread. It shows
 * values as written, never expanded, and no secret: what it does not know counts as one. */
#include "base/secret.h"
#include "base/str.h"
#include "config/expand.h"
#include "config/merge.h"
#include "json/writer.h"

#define MASK "***"

typedef struct Shower {
    const PbayConfig *config;
    bool origin;
    PbayIsSecretFn is_secret;
    void *data;
    GString *out;
} Shower;

/* True when every item is a reference and nothing else: it tells where a value is, not what it is.
 */
static bool is_all_references(const PbayConfigEntry *entry)
{
    g_autofree char *why = NULL;
    PbayValueForm form =
        entry->def != NULL && !entry->def->list ? PBAY_FORM_SCALAR : PBAY_FORM_LIST;
    g_auto(GStrv) items = pbay_config_split(entry->raw, form, &why);
    if (items == NULL || items[0] == NULL)
        return false;
    for (char **item = items; *item != NULL; item++)
        if (!pbay_config_is_reference(*item))
            return false;
    return true;
}

static bool ask(const Shower *s, const PbayConfigSection *section, const PbayConfigEntry *entry,
                bool otherwise)
{
    return s->is_secret != NULL ? s->is_secret(s->data, &section->pub, entry->key) : otherwise;
}

static bool is_secret(const Shower *s, const PbayConfigSection *section,
                      const PbayConfigEntry *entry)
{
    bool open = section->def != NULL && section->def->open;
    if (entry->def == NULL)
        return open && !pbay_config_is_foreign_key(entry->key) ? ask(s, section, entry, true)
                                                               : true;
    if (entry->def->type == PBAY_KEY_SECRET)
        return true;
    if (entry->def->type != PBAY_KEY_HEADER)
        return false;
    return pbay_header_is_secret(pbay_str(entry->key + strlen("header."))) ||
           ask(s, section, entry, false);
}

/* The mask in place of user:password before the host of each URL. */
static void append_without_userinfo(GString *out, const char *raw)
{
    for (const char *slashes = strstr(raw, "://"); slashes != NULL; slashes = strstr(raw, "://")) {
        const char *host = slashes + 3;
        size_t len = strcspn(host, "/?#; \t");
        const char *at = g_strrstr_len(host, (gssize)len, "@");
        g_string_append_len(out, raw, host - raw);
        if (at != NULL)
            g_string_append(out, MASK);
        raw = at != NULL ? at : host;
    }
    g_string_append(out, raw);
}

static char *shown_value(const Shower *s, const PbayConfigSection *section,
                         const PbayConfigEntry *entry)
{
    if (entry->raw[0] == '\0' || is_all_references(entry))
        return g_strdup(entry->raw);
    if (is_secret(s, section, entry))
        return g_strdup(MASK);
    GString *out = g_string_new(NULL);
    append_without_userinfo(out, entry->raw);
    return g_string_free(out, FALSE);
}

static void append_origin(GString *out, PbayOrigin origin)
{
    g_string_append_printf(out, "# %s", origin.file);
    if (origin.line > 0)
        g_string_append_printf(out, ":%d", origin.line);
    g_string_append_c(out, '\n');
}

static void text_files(const Shower *s)
{
    for (guint i = 0; i < s->config->files->len; i++) {
        const PbayConfigFile *file = g_ptr_array_index(s->config->files, i);
        g_string_append_printf(s->out, "# %s %s", file->masked ? "masked" : "read", file->path);
        if (file->by != NULL)
            g_string_append_printf(s->out, " by %s", file->by);
        g_string_append_c(s->out, '\n');
    }
}

static void show_text(const Shower *s)
{
    if (s->origin)
        text_files(s);
    for (guint i = 0; i < s->config->sections->len; i++) {
        const PbayConfigSection *section = g_ptr_array_index(s->config->sections, i);
        if (s->out->len > 0)
            g_string_append_c(s->out, '\n');
        g_string_append_printf(s->out, "[%s]\n", section->title);
        for (guint k = 0; k < section->entries->len; k++) {
            const PbayConfigEntry *entry = g_ptr_array_index(section->entries, k);
            g_autofree char *value = shown_value(s, section, entry);
            if (s->origin)
                append_origin(s->out, entry->pub.origin);
            g_string_append_printf(s->out, "%s = %s\n", entry->key, value);
        }
    }
}

static void json_origin(PbayJsonWriter *w, PbayOrigin origin)
{
    pbay_json_member_str(w, "file", pbay_str(origin.file));
    pbay_json_member_int(w, "line", origin.line);
}

static void json_files(const Shower *s, PbayJsonWriter *w)
{
    pbay_json_key(w, PBAY_STR("files"));
    pbay_json_open(w, false);
    for (guint i = 0; i < s->config->files->len; i++) {
        const PbayConfigFile *file = g_ptr_array_index(s->config->files, i);
        pbay_json_open(w, true);
        pbay_json_member_str(w, "path", pbay_str(file->path));
        pbay_json_member_bool(w, "masked", file->masked);
        if (file->by != NULL)
            pbay_json_member_str(w, "by", pbay_str(file->by));
        pbay_json_close(w);
    }
    pbay_json_close(w);
}

static void json_section(const Shower *s, PbayJsonWriter *w, const PbayConfigSection *section)
{
    pbay_json_open(w, true);
    pbay_json_member_str(w, "kind", pbay_str(section->kind));
    pbay_json_member_str(w, "name", pbay_str(section->name));
    pbay_json_key(w, PBAY_STR("values"));
    pbay_json_open(w, false);
    for (guint i = 0; i < section->entries->len; i++) {
        const PbayConfigEntry *entry = g_ptr_array_index(section->entries, i);
        g_autofree char *value = shown_value(s, section, entry);
        pbay_json_open(w, true);
        pbay_json_member_str(w, "key", pbay_str(entry->key));
        pbay_json_member_str(w, "value", pbay_str(value));
        if (s->origin)
            json_origin(w, entry->pub.origin);
        pbay_json_close(w);
    }
    pbay_json_close(w);
    pbay_json_close(w);
}

static void show_json(const Shower *s)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, s->out);
    pbay_json_open(&w, true);
    if (s->origin)
        json_files(s, &w);
    pbay_json_key(&w, PBAY_STR("sections"));
    pbay_json_open(&w, false);
    for (guint i = 0; i < s->config->sections->len; i++)
        json_section(s, &w, g_ptr_array_index(s->config->sections, i));
    pbay_json_close(&w);
    pbay_json_close(&w);
}

void pbay_config_show(const PbayConfig *config, bool origin, bool json, PbayIsSecretFn is_secret_fn,
                      void *data, GString *out)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Shower s = {config, origin, is_secret_fn, data, text};
    if (json)
        show_json(&s);
    else
        show_text(&s);
    pbay_redact(text);
    g_string_append_len(out, text->str, (gssize)text->len);
}
