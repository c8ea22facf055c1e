/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the expansion of references in a value: environment, files, systemd credentials. Runs on the
 * thread that loads configuration. It never looks for references in what it has put in, and its
 * messages name variables and files but never show what they hold. */
#include "config/expand.h"

#include "base/secret.h"
#include "base/str.h"
#include "base/text.h"
#include "config/readfile.h"

#include <errno.h>
#include <stdlib.h>

static const char *const KINDS[] = {"env", "file", "credential", NULL};

typedef struct Expander {
    PbayEnv *env;
    GString *text;
    PbayExpansion *out;
} Expander;

static bool mistake(Expander *x, const char *hint, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool mistake(Expander *x, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    x->out->why = g_strdup_vprintf(format, args);
    va_end(args);
    x->out->hint = g_strdup(hint);
    return false;
}

static bool miss(Expander *x, char *what)
{
    if (x->out->missing == NULL)
        x->out->missing = what;
    else
        g_free(what);
    return true;
}

bool pbay_config_is_env_name(pb_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!g_ascii_isalpha(c) && c != '_' && (i == 0 || !g_ascii_isdigit(c)))
            return false;
    }
    return name.len > 0;
}

static bool expand_env(Expander *x, pb_str body)
{
    g_autofree char *text = pbay_str_dup(body);
    char *fallback = strstr(text, ":-");
    if (fallback != NULL) {
        *fallback = '\0';
        fallback += 2;
    }
    if (!pbay_config_is_env_name(pbay_str(text)))
        return mistake(x, "write ${env:NAME} or ${env:NAME:-default}",
                       "names no environment variable in `${env:...}`");
    if (fallback != NULL && strstr(fallback, "${") != NULL)
        return mistake(x, "a default is literal text", "holds a reference inside a reference");
    const char *value = pbay_env_get(x->env, text);
    if (value == NULL)
        value = fallback;
    if (value == NULL)
        return miss(x, g_steal_pointer(&text));
    if (!g_utf8_validate(value, -1, NULL))
        return mistake(x, NULL, "takes the variable %s, which is not UTF-8", text);
    g_string_append(x->text, value);
    return true;
}

static void drop_final_newline(GString *text)
{
    if (text->len == 0 || text->str[text->len - 1] != '\n')
        return;
    g_string_truncate(text, text->len - 1);
    if (text->len > 0 && text->str[text->len - 1] == '\r')
        g_string_truncate(text, text->len - 1);
}

static void wipe_free(GString *text)
{
    pbay_wipe(text->str, text->allocated_len);
    g_string_free(text, TRUE);
}

/* reference: as written, for messages. */
static bool take_file(Expander *x, const char *path, const char *reference)
{
    GString *text = g_string_sized_new(4096);
    g_autofree char *why = NULL;
    int code = pbay_config_read_file(path, PBAY_EXPAND_FILE_MAX, false, text, &why);
    bool ok = true;
    if (code == ENOENT || code == EACCES)
        ok = miss(x, g_strdup(reference));
    else if (code != 0)
        ok = mistake(x, NULL, "cannot read %s: %s", reference, why);
    else if (!g_utf8_validate_len(text->str, text->len, NULL))
        ok = mistake(x, "a value is text; a driver that takes a file names an option for its path",
                     "takes %s, which is not UTF-8 text", reference);
    if (ok && code == 0) {
        drop_final_newline(text);
        g_string_append_len(x->text, text->str, (gssize)text->len);
    }
    wipe_free(text);
    return ok;
}

static bool expand_file(Expander *x, pb_str body, const char *reference)
{
    g_autofree char *name = pbay_str_dup(body);
    if (name[0] == '/')
        return take_file(x, name, reference);
    if (!g_str_has_prefix(name, "~/"))
        return mistake(x, "write an absolute path, or one that begins with ~/",
                       "names a relative path in %s", reference);
    const char *home = secure_getenv("HOME");
    if (home == NULL || home[0] != '/')
        return mistake(x, "write an absolute path", "cannot read %s: HOME is not set", reference);
    g_autofree char *path = g_strconcat(home, name + 1, NULL);
    return take_file(x, path, reference);
}

static bool expand_credential(Expander *x, pb_str body, const char *reference)
{
    g_autofree char *name = pbay_str_dup(body);
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
        return mistake(x, "write the name given in the unit's LoadCredential=",
                       "names no credential in %s", reference);
    const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
    if (folder == NULL || folder[0] != '/')
        return miss(x, g_strdup(reference));
    g_autofree char *path = g_strconcat(folder, "/", name, NULL);
    return take_file(x, path, reference);
}

static bool unknown_kind(Expander *x, pb_str inner)
{
    const char *colon = inner.len > 0 ? memchr(inner.ptr, ':', inner.len) : NULL;
    if (colon == NULL)
        return mistake(x, "write ${env:NAME}, ${file:PATH} or ${credential:NAME}",
                       "holds a reference without a kind");
    g_autofree char *kind = g_strndup(inner.ptr, (size_t)(colon - inner.ptr));
    const char *near = pbay_text_nearest(kind, KINDS);
    g_autofree char *hint = near != NULL
                                ? g_strdup_printf("did you mean ${%s:...}?", near)
                                : g_strdup("write ${env:NAME}, ${file:PATH} or ${credential:NAME}");
    return mistake(x, hint, "holds a reference of an unknown kind");
}

/* inner: what stands between ${ and }. */
static bool expand_reference(Expander *x, pb_str inner)
{
    g_autofree char *reference = g_strdup_printf("${%.*s}", (int)inner.len, inner.ptr);
    x->out->expanded = true;
    if (pbay_str_has_prefix(inner, PBAY_STR("env:")))
        return expand_env(x, (pb_str){inner.ptr + 4, inner.len - 4});
    if (pbay_str_has_prefix(inner, PBAY_STR("file:")))
        return expand_file(x, (pb_str){inner.ptr + 5, inner.len - 5}, reference);
    if (pbay_str_has_prefix(inner, PBAY_STR("credential:")))
        return expand_credential(x, (pb_str){inner.ptr + 11, inner.len - 11}, reference);
    return unknown_kind(x, inner);
}

static bool expand_all(Expander *x, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        if (*p != '$') {
            g_string_append_c(x->text, *p++);
            continue;
        }
        if (p[1] == '$') {
            g_string_append_c(x->text, '$');
            p += 2;
            continue;
        }
        if (p[1] != '{')
            return mistake(x, "write $$ for a dollar sign, ${env:NAME} for a variable",
                           "holds a lone `$`");
        const char *close = strchr(p + 2, '}');
        if (close == NULL)
            return mistake(x, "close it with `}`; in a list, write `\\;` inside a reference",
                           "holds a `${` that is not closed");
        if (!expand_reference(x, (pb_str){p + 2, (size_t)(close - p) - 2}))
            return false;
        p = close + 1;
    }
    return true;
}

bool pbay_config_expand(PbayEnv *env, const char *text, PbayExpansion *out)
{
    *out = (PbayExpansion){0};
    Expander x = {env, g_string_sized_new(256), out};
    bool ok = expand_all(&x, text);
    if (ok)
        out->text = g_strndup(x.text->str, x.text->len);
    wipe_free(x.text);
    return ok;
}

void pbay_expansion_clear(PbayExpansion *out)
{
    if (out->text != NULL)
        pbay_wipe(out->text, strlen(out->text));
    g_free(out->text);
    g_free(out->missing);
    g_free(out->why);
    g_free(out->hint);
    *out = (PbayExpansion){0};
}

bool pbay_config_is_reference(const char *text)
{
    if (!g_str_has_prefix(text, "${"))
        return false;
    const char *close = strchr(text, '}');
    if (close == NULL || close[1] != '\0')
        return false;
    bool named = g_str_has_prefix(text, "${env:") || g_str_has_prefix(text, "${file:") ||
                 g_str_has_prefix(text, "${credential:");
    return named && strstr(text, ":-") == NULL;
}
