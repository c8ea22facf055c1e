/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 by the table of well-formed byte sequences (Unicode 15, table 3-7). The reader refuses what
 * is not in it; the writer replaces it. Pure; any thread. */
#include "json/node.h"

/* The bounds of the second byte after this lead byte, and how long the sequence is; 0: no lead
 * byte. */
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

/* One character at a time with the common cases in the open: two bytes, and three without the
 * exceptional leads 0xe0 and 0xed. */
static const char *step_over(const char *p, const char *end)
{
    const unsigned char *u = (const unsigned char *)p;
    if (end - p >= 3) {
        if (u[0] >= 0xc2 && u[0] < 0xe0 && (u[1] & 0xc0) == 0x80)
            return p + 2;
        if (u[0] > 0xe0 && u[0] < 0xf0 && u[0] != 0xed && (u[1] & 0xc0) == 0x80 &&
            (u[2] & 0xc0) == 0x80)
            return p + 3;
    }
    int step = pbay_json_utf8_step(p, end);
    return step > 0 ? p + step : p;
}

const char *pbay_json_utf8_check(const char *p, const char *end)
{
    for (;;) {
        p = pbay_json_skip_ascii(p, end);
        while (p < end && (unsigned char)*p >= 0x80) {
            const char *next = step_over(p, end);
            if (next == p)
                return p;
            p = next;
        }
        if (p == end)
            return end;
    }
}
