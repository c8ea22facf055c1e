/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for any text: the reader accepts exactly what jansson accepts and json-c accepts
 * it too, with the same values (each one's known limits aside); accessors agree with one another;
 * bytes pass through; and a patched text differs only where it was patched. One thread. */
#include "fuzz/json_target.h"
#include "base/str.h"
#include "fuzz/json_oracle.h"
#include "json/reader.h"
#include "json/writer.h"

#include <dlfcn.h>

/* Bytes of a text in the message of a failed check. */
#define SHOWN_MAX 2000u

static const PbayJsonLimits limits = {.max_bytes = 0, .max_depth = 2000};

/* What an oracle is known not to take. pair: json-c 0.16 masks a decoded surrogate pair with
 * 0xfc00 once more, and so replaces every character above U+FFFF whose low 16 bits look like a
 * surrogate. */
typedef struct Aside {
    bool big_int, not_finite, nul_key, pair;
} Aside;

/* The text at hand, for the message of a failed check. */
static pb_str at_hand;

static void fail(const char *what, const char *detail)
{
    g_autoptr(GString) shown = g_string_new(NULL);
    for (size_t i = 0; i < at_hand.len && i < SHOWN_MAX; i++) {
        unsigned char c = (unsigned char)at_hand.ptr[i];
        g_string_append_printf(shown, g_ascii_isprint((gchar)c) ? "%c" : "\\x%02x", c);
    }
    g_error("%s: %.2000s\ntext: %s", what, detail != NULL ? detail : "", shown->str);
}

static void check(bool holds, const char *what)
{
    if (!holds)
        fail(what, NULL);
}

static JsonOracle load(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = module != NULL ? dlsym(module, JSON_ORACLE_SYMBOL) : NULL;
    if (symbol == NULL)
        g_error("cannot load the oracle %s: %s", path, dlerror());
    JsonOracle oracle;
    memcpy(&oracle, &symbol, sizeof oracle);
    return oracle;
}

static void note_string(pb_str s, Aside *aside)
{
    const char *end = s.len != 0 ? s.ptr + s.len : s.ptr;
    for (const char *p = s.ptr; p < end; p = *p != '\0' ? g_utf8_next_char(p) : p + 1) {
        gunichar c = g_utf8_get_char(p);
        aside->pair |= c > 0xffff && (c & 0xf800) == 0xd800;
    }
}

static bool beyond_int64(const pb_json *value)
{
    return pbay_json_int(value, 0) != pbay_json_int(value, 1);
}

/* Looks at every value, also those that a later member of the same name hides. */
static void note(const pb_json *value, Aside *aside)
{
    int32_t type = pbay_json_type(value);
    note_string(pbay_json_str(value), aside);
    aside->big_int |= type == PB_JSON_INT && beyond_int64(value);
    aside->not_finite |= type == PB_JSON_REAL && isnan(pbay_json_real(value, (double)NAN));
    pb_str key;
    for (const pb_json *m = pbay_json_first(value, &key); m != NULL; m = pbay_json_next(m, &key)) {
        aside->nul_key |= key.len != 0 && memchr(key.ptr, '\0', key.len) != NULL;
        note_string(key, aside);
        note(m, aside);
    }
}

static void dump_value(Dump *d, const pb_json *value);

/* As a reader with a table of members keeps them: at the place of the first, with the value of the
 * last. */
static void dump_object(Dump *d, const pb_json *value)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    dump_text(d, "{");
    pb_str key;
    for (const pb_json *m = pbay_json_first(value, &key); m != NULL; m = pbay_json_next(m, &key)) {
        if (!g_hash_table_add(seen, g_bytes_new(key.ptr, key.len)))
            continue;
        dump_string(d, key.ptr, key.len);
        dump_text(d, ":");
        dump_value(d, pbay_json_get(value, key));
        dump_text(d, ",");
    }
    dump_text(d, "}");
}

static void dump_array(Dump *d, const pb_json *value)
{
    dump_text(d, "[");
    for (size_t i = 0; i < pbay_json_len(value); i++) {
        dump_value(d, pbay_json_at(value, i, NULL));
        dump_text(d, ",");
    }
    dump_text(d, "]");
}

/* Beyond int64 json-c gives the nearest one. */
static void dump_integer(Dump *d, const pb_json *value)
{
    if (!beyond_int64(value))
        dump_int(d, pbay_json_int(value, 0));
    else
        dump_int(d, *pbay_json_text(value).ptr == '-' ? INT64_MIN : INT64_MAX);
}

static void dump_number(Dump *d, const pb_json *value)
{
    double n = pbay_json_real(value, (double)NAN);
    if (isnan(n))
        n = *pbay_json_text(value).ptr == '-' ? -(double)INFINITY : (double)INFINITY;
    dump_real(d, n);
}

static void dump_value(Dump *d, const pb_json *value)
{
    pb_str s;
    switch (pbay_json_type(value)) {
    case PB_JSON_NULL:
        dump_text(d, "null");
        break;
    case PB_JSON_BOOL:
        dump_text(d, pbay_json_bool(value, 0) ? "true" : "false");
        break;
    case PB_JSON_INT:
        dump_integer(d, value);
        break;
    case PB_JSON_REAL:
        dump_number(d, value);
        break;
    case PB_JSON_STRING:
        s = pbay_json_str(value);
        dump_string(d, s.ptr, s.len);
        break;
    case PB_JSON_ARRAY:
        dump_array(d, value);
        break;
    default:
        dump_object(d, value);
        break;
    }
}

/* The value rebuilt member by member from names, strings and numbers as they were read. */
static void rebuild(PbayJsonWriter *w, const pb_json *value)
{
    int32_t type = pbay_json_type(value);
    if (type == PB_JSON_STRING) {
        pbay_json_write_str(w, pbay_json_str(value));
        return;
    }
    if (type != PB_JSON_OBJECT && type != PB_JSON_ARRAY) {
        pbay_json_write_value(w, value);
        return;
    }
    pb_str key;
    pbay_json_open(w, type == PB_JSON_OBJECT);
    for (const pb_json *m = pbay_json_first(value, &key); m != NULL; m = pbay_json_next(m, &key)) {
        if (type == PB_JSON_OBJECT)
            pbay_json_key(w, key);
        rebuild(w, m);
    }
    pbay_json_close(w);
}

static char *dump_of(pb_str text, unsigned flags)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *root = pbay_json_parse(arena, text, &limits, flags, NULL);
    Dump dump = {0};
    if (root != NULL)
        dump_value(&dump, root);
    return dump.text;
}

static unsigned depth_of(const pb_json *value)
{
    unsigned deepest = 0;
    for (const pb_json *m = pbay_json_first(value, NULL); m != NULL; m = pbay_json_next(m, NULL)) {
        unsigned depth = depth_of(m);

        deepest = MAX(deepest, depth);
    }
    return deepest + (pbay_json_type(value) >= PB_JSON_ARRAY);
}

static void check_rebuilt(const pb_json *root, const char *dump)
{
    g_autoptr(GString) out = g_string_new(NULL);
    PbayJsonWriter w;
    if (depth_of(root) > PBAY_JSON_WRITER_DEPTH)
        return;
    pbay_json_writer_init(&w, out);
    rebuild(&w, root);
    check(pbay_json_writer_ok(&w), "the writer failed");
    char *again = dump_of(pbay_str_of(out), PBAY_JSON_SHARED);
    check(again != NULL && strcmp(again, dump) == 0, "rebuilt, it is another value");
    free(again);
}

/* Changed and changed back it is the same text; without the member it is gone. */
static void check_patch(PbayArena *arena, const pb_json *root)
{
    pb_str key;
    if (pbay_json_type(root) != PB_JSON_OBJECT)
        return;
    const pb_json *member = pbay_json_at(root, pbay_json_len(root) / 2, &key);
    if (member == NULL)
        key = PBAY_STR("model");
    g_autoptr(GString) changed = g_string_new(NULL);
    g_autoptr(GString) back = g_string_new(NULL);
    g_autoptr(GString) without = g_string_new(NULL);
    pbay_json_patch(changed, root, key, PBAY_STR("[\"patched\"]"));
    const pb_json *again = pbay_json_parse(arena, pbay_str_of(changed), &limits, 0, NULL);
    check(pbay_str_is(pbay_json_text(pbay_json_get(again, key)), "[\"patched\"]"), "not patched");
    pb_str old = member != NULL ? pbay_json_text(pbay_json_get(root, key)) : (pb_str){NULL, 0};
    pbay_json_patch(back, again, key, old);
    g_autoptr(PbayArena) unique = pbay_arena_new(0);
    if (pbay_json_parse(unique, pbay_json_text(root), &limits, PBAY_JSON_UNIQUE, NULL) != NULL)
        check(pbay_str_eq(pbay_str_of(back), pbay_json_text(root)),
              "patched back, it is another text");
    pbay_json_patch(without, root, key, (pb_str){NULL, 0});
    again = pbay_json_parse(arena, pbay_str_of(without), &limits, 0, NULL);
    check(again != NULL && pbay_json_get(again, key) == NULL, "not removed");
}

static void check_oracles(pb_str text, const char *dump, const Aside *aside)
{
    static JsonOracle jsonc, jansson;
    if (jsonc == NULL) {
        jsonc = load(PBAY_ORACLE_JSONC);
        jansson = load(PBAY_ORACLE_JANSSON);
    }
    /* No JSON text has a NUL byte; jansson overlooks one behind a number. */
    if (memchr(text.ptr, '\0', text.len) != NULL) {
        check(dump == NULL, "a NUL byte is accepted");
        return;
    }
    char why[256] = "";
    char *strict = jansson(text.ptr, text.len, why, sizeof why);
    bool beyond = aside->big_int || aside->not_finite || aside->nul_key;
    if ((strict != NULL) != (dump != NULL) && !beyond)
        fail(dump != NULL ? "jansson refuses what the reader accepts"
                          : "jansson accepts what the reader refuses",
             why);
    if (strict != NULL && strcmp(strict, dump) != 0)
        fail("jansson reads another value", strict);
    free(strict);
    if (dump == NULL || aside->nul_key || aside->pair)
        return;
    char *lenient = jsonc(text.ptr, text.len, why, sizeof why);
    if (lenient == NULL)
        fail("json-c refuses what the reader accepts", why);
    else if (strcmp(lenient, dump) != 0)
        fail("json-c reads another value", lenient);
    free(lenient);
}

bool json_target_case(const char *bytes, size_t len)
{
    /* The reader sees memory of the exact size, the oracles one with a NUL behind it. */
    g_autofree char *exact = len != 0 ? g_memdup2(bytes, len) : NULL;
    g_autofree char *terminated = g_malloc0(len + 1);
    if (len != 0)
        memcpy(terminated, bytes, len);
    at_hand = (pb_str){exact, len};
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) error = NULL;
    const pb_json *root = pbay_json_parse(arena, at_hand, &limits, 0, &error);
    check((root == NULL) == (error != NULL), "an error and a value, or neither");
    Aside aside = {0};
    Dump dump = {0};
    if (root != NULL) {
        note(root, &aside);
        dump_value(&dump, root);
        check_rebuilt(root, dump.text);
        check_patch(arena, root);
    }
    check_oracles((pb_str){terminated, len}, dump.text, &aside);
    free(dump.text);
    return root != NULL;
}
