/* SPDX-License-Identifier: MIT */
/* Owns what drivers do with URLs as text. It must never change bytes it was not asked to: a path
 * given by a vendor goes out as it came. Any thread. */
#include "lib/url.h"

#include "lib/hex.h"
#include "lib/str.h"

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static bool add_escaped(pbs_buf *out, char c)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char byte = (unsigned char)c;
    char text[3] = {'%', digits[byte >> 4], digits[byte & 15]};
    return pbs_buf_add(out, (pb_str){text, sizeof text});
}

bool pbs_url_encode(pbs_buf *out, pb_str text, const char *keep)
{
    pb_str kept = pbs_str(keep);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = is_unreserved(c) || (kept.len > 0 && memchr(kept.ptr, c, kept.len) != NULL);
        if (!(plain ? pbs_buf_add_char(out, c) : add_escaped(out, c)))
            return false;
    }
    return true;
}

bool pbs_form_encode(pbs_buf *out, pb_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool added = c == ' '           ? pbs_buf_add_char(out, '+')
                     : is_unreserved(c) ? pbs_buf_add_char(out, c)
                                        : add_escaped(out, c);
        if (!added)
            return false;
    }
    return true;
}

bool pbs_url_decode(pbs_buf *out, pb_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        uint8_t byte = 0;
        if (c == '%' && text.len - i > 2 && pbs_hex_decode((pb_str){text.ptr + i + 1, 2}, &byte)) {
            c = (char)byte;
            i += 2;
        }
        if (!pbs_buf_add_char(out, c))
            return false;
    }
    return true;
}

bool pbs_url_join(pbs_buf *out, pb_str base, pb_str path)
{
    while (base.len > 0 && base.ptr[base.len - 1] == '/')
        base.len--;
    return pbs_buf_add(out, base) && pbs_buf_add(out, path);
}

bool pbs_data_url_split(pb_str url, pbs_data_url *out)
{
    if (url.len < 5 || pbs_find_nocase((pb_str){url.ptr, 5}, "data:") != 0)
        return false;
    url = pbs_skip(url, 5);
    const char *comma = url.len > 0 ? memchr(url.ptr, ',', url.len) : NULL;
    if (comma == NULL)
        return false;
    pb_str head = {url.ptr, (size_t)(comma - url.ptr)};
    const char *semicolon = memchr(head.ptr, ';', head.len);
    pb_str type = {head.ptr, semicolon != NULL ? (size_t)(semicolon - head.ptr) : head.len};
    pb_str tail = {head.ptr + (head.len >= 7 ? head.len - 7 : 0), head.len >= 7 ? 7 : 0};
    *out = (pbs_data_url){type.len > 0 ? type : PBS_STR("text/plain"), pbs_skip(url, head.len + 1),
                          pbs_find_nocase(tail, ";base64") == 0};
    return true;
}
