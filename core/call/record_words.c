/* SPDX-License-Identifier: Apache-2.0 */
/* The table of words, longest first, and the search for them. A set of first bytes lets most places
 * of a text cost one look. Secrets are kept as references and as forms that are wiped. One owner at
 * a time. */
#include "call/record_words.h"

#include "base/str.h"
#include "base/text.h"

/* So many characters at an end of a key are too many to be shown. */
#define MASKED_MIN 3u

typedef struct Word {
    GString *from;
    char *to;
} Word;

typedef struct Named {
    char *name, *made_up;
    PbaySecret *secret;
} Named;

struct PbayWords {
    GPtrArray *words; /* Word *, longest `from` first */
    GPtrArray *named; /* Named * */
    bool starts[256];
};

static void word_free(void *data)
{
    Word *word = data;
    pbay_wipe(word->from->str, word->from->allocated_len);
    g_string_free(word->from, TRUE);
    g_free(word->to);
    g_free(word);
}

static void named_free(void *data)
{
    Named *named = data;
    pbay_secret_unref(named->secret);
    g_free(named->name);
    g_free(named->made_up);
    g_free(named);
}

PbayWords *pbay_words_new(void)
{
    PbayWords *words = g_new0(PbayWords, 1);
    words->words = g_ptr_array_new_with_free_func(word_free);
    words->named = g_ptr_array_new_with_free_func(named_free);
    return words;
}

void pbay_words_free(PbayWords *words)
{
    if (words == NULL)
        return;
    g_ptr_array_unref(words->words);
    g_ptr_array_unref(words->named);
    g_free(words);
}

char *pbay_words_made_up(const char *name)
{
    if (strcmp(name, "api-key") == 0)
        return g_strdup("sk-demo-0123456789");
    return g_strdup_printf("demo-%s-0123456789", name);
}

void pbay_words_add(PbayWords *words, pb_str from, const char *to)
{
    guint at = 0;
    if (from.len < PBAY_WORD_MIN)
        return;
    for (guint i = 0; i < words->words->len; i++) {
        const Word *word = g_ptr_array_index(words->words, i);
        if (pbay_str_eq(pbay_str_of(word->from), from))
            return;
        if (word->from->len >= from.len)
            at = i + 1;
    }
    Word *word = g_new0(Word, 1);
    word->from = g_string_new_len(from.ptr, (gssize)from.len);
    word->to = g_strdup(to);
    g_ptr_array_insert(words->words, (gint)at, word);
    words->starts[(unsigned char)from.ptr[0]] = true;
}

static void add_json_form(PbayWords *words, pb_str value, const char *to)
{
    GString *form = g_string_new(NULL);
    pbay_text_append_json(form, value);
    pbay_words_add(words, (pb_str){form->str + 1, form->len - 2}, to);
    pbay_wipe(form->str, form->allocated_len);
    g_string_free(form, TRUE);
}

static void add_percent_form(PbayWords *words, pb_str value, const char *kept, const char *to)
{
    char *text = pbay_str_dup(value);
    char *form = g_uri_escape_string(text, kept, FALSE);
    pbay_words_add(words, pbay_str(form), to);
    pbay_wipe(form, strlen(form));
    pbay_wipe(text, strlen(text));
    g_free(form);
    g_free(text);
}

bool pbay_words_add_secret(PbayWords *words, const char *name, PbaySecret *secret)
{
    pb_str value = pbay_secret_peek(secret);
    Named *named = g_new0(Named, 1);
    named->name = g_strdup(name);
    named->made_up = pbay_words_made_up(name);
    named->secret = pbay_secret_ref(secret);
    g_ptr_array_add(words->named, named);
    if (value.len < PBAY_WORD_MIN)
        return false;
    pbay_words_add(words, value, named->made_up);
    add_json_form(words, value, named->made_up);
    add_percent_form(words, value, NULL, named->made_up);
    add_percent_form(words, value, "/:", named->made_up);
    return true;
}

static const Word *word_at(const PbayWords *words, pb_str text)
{
    if (!words->starts[(unsigned char)text.ptr[0]])
        return NULL;
    for (guint i = 0; i < words->words->len; i++) {
        const Word *word = g_ptr_array_index(words->words, i);
        if (pbay_str_has_prefix(text, pbay_str_of(word->from)))
            return word;
    }
    return NULL;
}

static bool is_of_key(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_';
}

static size_t skip_key(pb_str text, size_t i)
{
    while (i < text.len && is_of_key(text.ptr[i]))
        i++;
    return i;
}

/* "***", "..." or more of them, or one ellipsis. */
static size_t skip_mask(pb_str text, size_t i)
{
    size_t from = i;
    char sign = i < text.len ? text.ptr[i] : '\0';
    if (text.len - i >= 3 && memcmp(text.ptr + i, "\xe2\x80\xa6", 3) == 0)
        return i + 3;
    while (i < text.len && (sign == '*' || sign == '.') && text.ptr[i] == sign)
        i++;
    return i - from >= 3 ? i : from;
}

static bool ends_with(pb_str value, pb_str tail)
{
    return value.len >= tail.len &&
           memcmp(value.ptr + value.len - tail.len, tail.ptr, tail.len) == 0;
}

/* Vendors repeat a refused key with its middle blotted out: "sk-ab***wxyz" still tells its ends.
 * Gives the length of such a text at its start, or 0. */
static size_t masked_at(const PbayWords *words, pb_str text, const char **made_up)
{
    size_t head = skip_key(text, 0), from = skip_mask(text, head), to = skip_key(text, from);
    pb_str front = {text.ptr, head}, back = {text.ptr + from, to - from};
    if (from == head)
        return 0;
    for (guint i = 0; i < words->named->len; i++) {
        const Named *named = g_ptr_array_index(words->named, i);
        pb_str value = pbay_secret_peek(named->secret);
        *made_up = named->made_up;
        if ((front.len >= MASKED_MIN && pbay_str_has_prefix(value, front)) ||
            (back.len >= MASKED_MIN && ends_with(value, back)))
            return to;
    }
    return 0;
}

void pbay_words_replace(const PbayWords *words, pb_str text, GArray *cuts, GString *out)
{
    size_t from = out->len;
    guint cut = 0, n_cuts = cuts != NULL ? cuts->len : 0;
    for (size_t i = 0; i < text.len;) {
        for (; cut < n_cuts && g_array_index(cuts, size_t, cut) <= i; cut++)
            g_array_index(cuts, size_t, cut) = out->len - from;
        pb_str rest = {text.ptr + i, text.len - i};
        const Word *word = word_at(words, rest);
        const char *to = word != NULL ? word->to : NULL;
        size_t len = word != NULL ? word->from->len : 0;
        if (word == NULL && (i == 0 || !is_of_key(text.ptr[i - 1])))
            len = masked_at(words, rest, &to);
        if (len != 0)
            g_string_append(out, to);
        else
            g_string_append_c(out, text.ptr[i]);
        i += MAX(len, 1);
    }
    for (; cut < n_cuts; cut++)
        g_array_index(cuts, size_t, cut) = out->len - from;
}

const char *pbay_words_leak(const PbayWords *words, pb_str text)
{
    for (guint i = 0; i < words->named->len; i++) {
        const Named *named = g_ptr_array_index(words->named, i);
        if (pbay_secret_shows(named->secret, text))
            return named->name;
    }
    GString *copy = g_string_new_len(text.len != 0 ? text.ptr : "", (gssize)text.len);
    bool found = pbay_redact(copy);
    g_string_free(copy, TRUE);
    return found ? "of another provider or of the request" : NULL;
}

bool pbay_words_is_made_up(const PbayWords *words, pb_str value)
{
    const char *space = value.len != 0 ? memchr(value.ptr, ' ', value.len) : NULL;
    pb_str rest = value;
    if (space != NULL)
        rest = (pb_str){space + 1, value.len - (size_t)(space + 1 - value.ptr)};
    for (guint i = 0; i < words->named->len; i++)
        if (pbay_str_is(rest, ((const Named *)g_ptr_array_index(words->named, i))->made_up))
            return true;
    return false;
}
