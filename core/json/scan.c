/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the end of a plain run inside a string: the hot loop of the reader and of the writer's escaping.
 * Sixteen bytes a step with SSE2, eight with plain words elsewhere; never reads outside [p, end). Pure;
 * any thread. */
#include "json/node.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

static bool stops(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* Byte by byte: the tail, and the last word of the portable loop. */
static const char *scan_bytes(const char *p, const char *end, bool *high)
{
    unsigned char seen = 0;
    while (p < end && !stops((unsigned char)*p))
        seen |= (unsigned char)*p++;
    *high |= seen >= 0x80;
    return p;
}

/* Not 0 if a byte of the word is zero. */
static uint64_t zero_byte(uint64_t word)
{
    return (word - ONES) & ~word & HIGHS;
}

const char *pbay_json_scan_portable(const char *p, const char *end, bool *high)
{
    uint64_t seen = 0;
    while ((size_t)(end - p) >= sizeof seen) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        uint64_t control = (word - ONES * 0x20) & ~word & HIGHS;
        if (control != 0 || zero_byte(word ^ (ONES * '"')) != 0 ||
            zero_byte(word ^ (ONES * '\\')) != 0)
            break;
        seen |= word;
        p += sizeof word;
    }
    *high |= (seen & HIGHS) != 0;
    return scan_bytes(p, end, high);
}

#ifdef __SSE2__

const char *pbay_json_scan(const char *p, const char *end, bool *high)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1f);
    __m128i seen = _mm_setzero_si128();
    while (end - p >= 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_cmpeq_epi8(_mm_min_epu8(block, control), block);
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(block, quote));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(block, backslash));
        unsigned mask = (unsigned)_mm_movemask_epi8(hit);
        if (mask != 0) {
            unsigned before = (mask & (0u - mask)) - 1;
            unsigned highs = (unsigned)_mm_movemask_epi8(block) & before;
            *high |= (highs | (unsigned)_mm_movemask_epi8(seen)) != 0;
            return p + __builtin_ctz(mask);
        }
        seen = _mm_or_si128(seen, block);
        p += 16;
    }
    *high |= _mm_movemask_epi8(seen) != 0;
    return scan_bytes(p, end, high);
}

#else

const char *pbay_json_scan(const char *p, const char *end, bool *high)
{
    return pbay_json_scan_portable(p, end, high);
}

#endif
