/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes inside JSON strings (RFC 8259 section 7): checked once while the text is read, decoded
 * later and only for who asks. A surrogate stands only in a pair; \u0000 is a NUL byte that the
 * length counts. Pure; decoding writes to the document, one thread at a time. */
#include "json/node.h"

#include <string.h>

/* The value of four hexadecimal digits, or -1. */
static int32_t hex4(const char *p)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(p[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool is_high_surrogate(int32_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low_surrogate(int32_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

static const char *refuse(PbayJsonFault *fault, const char *at, const char *what)
{
    fault->what = what;
    fault->at = at;
    return NULL;
}

static const char *unicode_check(const char *p, const char *end, PbayJsonFault *fault)
{
    int32_t unit = end - p >= 6 ? hex4(p + 2) : -1;
    if (unit < 0)
        return refuse(fault, p, "\\u in a string needs four hexadecimal digits");
    if (is_low_surrogate(unit))
        return refuse(fault, p, "a low surrogate without a high one before it");
    if (!is_high_surrogate(unit))
        return p + 6;
    int32_t second = end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8) : -1;
    if (!is_low_surrogate(second))
        return refuse(fault, p, "a high surrogate without a low one after it");
    return p + 12;
}

const char *pbay_json_escape_check(const char *p, const char *end, PbayJsonFault *fault)
{
    if (end - p < 2)
        return refuse(fault, p, "the text ends inside a string");
    switch (p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return p + 2;
    case 'u':
        return unicode_check(p, end, fault);
    default:
        return refuse(fault, p, "an unknown escape in a string (write \\\\ for a backslash)");
    }
}

static char *put_utf8(char *out, int32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xc0 | (c >> 6));
    } else {
        if (c < 0x10000) {
            *out++ = (char)(0xe0 | (c >> 12));
        } else {
            *out++ = (char)(0xf0 | (c >> 18));
            *out++ = (char)(0x80 | ((c >> 12) & 0x3f));
        }
        *out++ = (char)(0x80 | ((c >> 6) & 0x3f));
    }
    *out++ = (char)(0x80 | (c & 0x3f));
    return out;
}

static char simple(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

size_t pbay_json_unescape(char *out, const char *p, size_t n)
{
    const char *begin = out;
    const char *end = p + n;
    while (p < end) {
        const char *stop = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((stop != NULL ? stop : end) - p);
        memcpy(out, p, plain);
        out += plain;
        p += plain;
        if (stop == NULL)
            break;
        if (p[1] != 'u') {
            *out++ = simple(p[1]);
            p += 2;
            continue;
        }
        int32_t c = hex4(p + 2);
        p += 6;
        if (is_high_surrogate(c)) {
            c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 2) - 0xdc00);
            p += 6;
        }
        out = put_utf8(out, c);
    }
    return (size_t)(out - begin);
}

pb_str pbay_json_decode(PbayJsonDoc *doc, pb_json *node)
{
    uint32_t len;
    if ((node->flags & PBAY_NODE_DECODED) == 0) {
        char *place = doc->decoded + doc->decoded_used;
        len = (uint32_t)pbay_json_unescape(place + sizeof len, doc->text + node->start + 1,
                                           node->len - 2);
        memcpy(place, &len, sizeof len);
        node->count = (uint32_t)doc->decoded_used;
        node->flags |= PBAY_NODE_DECODED;
        doc->decoded_used += sizeof len + len;
    }
    const char *place = doc->decoded + node->count;
    memcpy(&len, place, sizeof len);
    return (pb_str){place + sizeof len, len};
}
