/* SPDX-License-Identifier: MIT */
/* Owns base64 in both alphabets. The encoder writes exactly what RFC 4648 says; the decoder
 * takes what vendors send. No allocation, no state. */
#include "lib/base64.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { BLANK = -2, PADDING = -3, REFUSED = -1 };

size_t pbs_base64_size(size_t n)
{
    return (n + 2) / 3 * 4;
}

size_t pbs_base64url_size(size_t n)
{
    return n / 3 * 4 + (n % 3 == 0 ? 0 : n % 3 + 1);
}

static void encode(pb_str bytes, char *out, const char *alphabet, bool pad)
{
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        unsigned b1 = left > 1 ? in[i + 1] : 0, b2 = left > 2 ? in[i + 2] : 0;
        *out++ = alphabet[in[i] >> 2];
        *out++ = alphabet[((in[i] & 3u) << 4) | (b1 >> 4)];
        if (left > 1)
            *out++ = alphabet[((b1 & 15u) << 2) | (b2 >> 6)];
        else if (pad)
            *out++ = '=';
        if (left > 2)
            *out++ = alphabet[b2 & 63u];
        else if (pad)
            *out++ = '=';
    }
}

void pbs_base64_encode(pb_str bytes, char *out)
{
    encode(bytes, out, standard, true);
}

void pbs_base64url_encode(pb_str bytes, char *out)
{
    encode(bytes, out, url_safe, false);
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
        return BLANK;
    return c == '=' ? PADDING : REFUSED;
}

bool pbs_base64_decode(pb_str text, uint8_t *out, size_t *n)
{
    uint32_t bits = 0;
    size_t characters = 0, padding = 0, written = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = value_of(text.ptr[i]);
        if (value == BLANK)
            continue;
        if (value == PADDING) {
            padding++;
            continue;
        }
        if (value == REFUSED || padding > 0)
            return false;
        bits = (bits << 6) | (uint32_t)value;
        if (++characters % 4 == 0) {
            out[written++] = (uint8_t)(bits >> 16);
            out[written++] = (uint8_t)(bits >> 8);
            out[written++] = (uint8_t)bits;
        }
    }
    size_t rest = characters % 4;
    if (rest == 1 || (padding > 0 && padding != (4 - rest) % 4))
        return false;
    if (rest == 2)
        out[written++] = (uint8_t)(bits >> 4);
    if (rest == 3) {
        out[written++] = (uint8_t)(bits >> 10);
        out[written++] = (uint8_t)(bits >> 2);
    }
    *n = written;
    return true;
}
