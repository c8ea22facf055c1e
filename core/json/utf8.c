/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 by the table of well-formed byte sequences (Unicode 15, table 3-7). The reader refuses what is not
 * in it; the writer replaces it. Pure; any thread. */
#include "json/node.h"

#include <string.h>

static const uint64_t high_bits = UINT64_C(0x8080808080808080);

/* The bounds of the second byte after this lead byte, and how long the sequence is; 0: no lead byte. */
static int lead(unsigned char c, unsigned char *low, unsigned char *top)
{
    *low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    *top = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

int pbay_json_utf8_step(const char *p, const char *end)
{
    unsigned char low, top;
    int length = lead((unsigned char)*p, &low, &top);
    if (length == 0)
        return -1;
    for (int i = 1; i < length; i++) {
        unsigned char c = i < end - p ? (unsigned char)p[i] : 0;
        if (c < low || c > top)
            return -i;
        low = 0x80;
        top = 0xbf;
    }
    return length;
}

const char *pbay_json_utf8_check(const char *p, const char *end)
{
    while (p < end) {
        uint64_t word;
        if (end - p >= (ptrdiff_t)sizeof word) {
            memcpy(&word, p, sizeof word);
            if ((word & high_bits) == 0) {
                p += sizeof word;
                continue;
            }
        }
        while (p < end && (unsigned char)*p < 0x80)
            p++;
        while (p < end && (unsigned char)*p >= 0x80) {
            int step = pbay_json_utf8_step(p, end);
            if (step < 0)
                return p;
            p += step;
        }
    }
    return end;
}
