/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a strict reader of small XML: elements, attributes passed over, comments, the declaration,
 * and the five entities with character references. A DOCTYPE, CDATA, a name that does not match
 * or anything else ends it. Depth is bounded; nothing is allocated but the text asked for. */
#include "xml.h"

#include "lib/str.h"

#include <stdio.h>

#define DEPTH_MAX 16u

typedef struct Reader {
    pb_str rest;
    pb_str open[DEPTH_MAX]; /* names of the elements around */
    size_t depth;
} Reader;

static size_t find(pb_str s, const char *what)
{
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= s.len; i++)
        if (memcmp(s.ptr + i, what, n) == 0)
            return i;
    return PBS_NONE;
}

/* ---- Text ---- */

static bool add_code_point(uint32_t c, pbs_buf *out)
{
    char bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return false;
    for (size_t i = n; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3f));
    bytes[0] = (char)(heads[n] | c);
    return pbs_buf_add(out, (pb_str){bytes, n});
}

/* "#38" or "#x26" */
static bool add_reference(pb_str digits, pbs_buf *out)
{
    bool hex = digits.len > 0 && digits.ptr[0] == 'x';
    uint32_t value = 0, base = hex ? 16 : 10;
    digits = pbs_skip(digits, hex ? 1 : 0);
    if (digits.len == 0 || digits.len > 7)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 99;
        if (digit >= base)
            return false;
        value = value * base + digit;
    }
    return add_code_point(value, out);
}

static bool add_entity(pb_str name, pbs_buf *out)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (pbs_is(name, entities[i].name))
            return pbs_buf_add_char(out, entities[i].c);
    return name.len > 1 && name.ptr[0] == '#' && add_reference(pbs_skip(name, 1), out);
}

static bool add_text(pb_str text, pbs_buf *out)
{
    while (text.len > 0) {
        size_t n = find(text, "&");
        if (n == PBS_NONE)
            return pbs_buf_add(out, text);
        if (!pbs_buf_add(out, (pb_str){text.ptr, n}))
            return false;
        text = pbs_skip(text, n + 1);
        size_t end = find(text, ";");
        if (end == PBS_NONE || !add_entity((pb_str){text.ptr, end}, out))
            return false;
        text = pbs_skip(text, end + 1);
    }
    return true;
}

/* ---- Tags ---- */

static pb_str name_of(pb_str tag)
{
    size_t n = 0;
    while (n < tag.len && memchr(" \t\r\n/", tag.ptr[n], 5) == NULL)
        n++;
    return (pb_str){tag.ptr, n};
}

/* The end of a tag, past attributes that may hold a '>'. */
static size_t end_of_tag(pb_str s)
{
    char quote = '\0';
    for (size_t i = 0; i < s.len; i++) {
        if (quote != '\0')
            quote = s.ptr[i] == quote ? '\0' : quote;
        else if (s.ptr[i] == '"' || s.ptr[i] == '\'')
            quote = s.ptr[i];
        else if (s.ptr[i] == '>')
            return i;
    }
    return PBS_NONE;
}

static bool open_tag(Reader *r, pb_str tag)
{
    bool empty = tag.ptr[tag.len - 1] == '/';
    pb_str name = name_of(tag);
    if (name.len == 0 || (!empty && r->depth == DEPTH_MAX))
        return false;
    if (!empty)
        r->open[r->depth++] = name;
    return true;
}

static bool close_tag(Reader *r, pb_str tag)
{
    if (r->depth == 0 || !pbs_eq(pbs_trim(tag), r->open[r->depth - 1]))
        return false;
    r->depth--;
    return true;
}

/* Takes what begins with '<'. */
static bool take_markup(Reader *r)
{
    bool comment = pbs_has_prefix(r->rest, PBS_STR("<!--"));
    bool declaration = pbs_has_prefix(r->rest, PBS_STR("<?"));
    size_t end = comment       ? find(r->rest, "-->")
                 : declaration ? find(r->rest, "?>")
                               : end_of_tag(r->rest);
    if (end == PBS_NONE || end < 2)
        return false;
    pb_str tag = {r->rest.ptr + 1, end - 1};
    r->rest = pbs_skip(r->rest, end + (comment ? 3 : declaration ? 2 : 1));
    if (comment || declaration)
        return true;
    if (tag.ptr[0] == '!')
        return false;
    return tag.ptr[0] == '/' ? close_tag(r, pbs_skip(tag, 1)) : open_tag(r, tag);
}

static bool is_at(const Reader *r, const char *parent, const char *name)
{
    return r->depth >= 2 && pbs_is(r->open[r->depth - 1], name) &&
           pbs_is(r->open[r->depth - 2], parent);
}

bool bedrock_xml_text(pb_str document, const char *parent, const char *name, pbs_buf *out)
{
    Reader r = {.rest = document};
    for (;;) {
        size_t text = find(r.rest, "<");
        if (text == PBS_NONE)
            return false;
        pb_str before = {r.rest.ptr, text};
        bool here = is_at(&r, parent, name);
        r.rest = pbs_skip(r.rest, text);
        if (here && pbs_has_prefix(r.rest, PBS_STR("</")))
            return take_markup(&r) && add_text(before, out);
        if (here || !take_markup(&r))
            return false;
    }
}
