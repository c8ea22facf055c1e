/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the end of a plain run inside a string, and of a run of ASCII: the hot loops of the reader
 * and of the writer's escaping. Sixteen bytes a step with SSE2, eight with plain words elsewhere;
 * never reads outside [p, end). Pure; any thread. */
#include "json/node.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Control characters, the quote and the backslash. */
static const uint8_t stops[256] = {1, 1, 1, 1, 1, 1, 1, 1, 1,         1,         1, 1,
                                   1, 1, 1, 1, 1, 1, 1, 1, 1,         1,         1, 1,
                                   1, 1, 1, 1, 1, 1, 1, 1, ['"'] = 1, ['\\'] = 1};

/* Byte by byte: the tail, and the last word of the portable loop. */
static const char *scan_bytes(const char *p, const char *end, bool *high)
{
    unsigned char seen = 0;
    while (p < end && stops[(unsigned char)*p] == 0)
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

const char *pbay_json_skip_ascii_portable(const char *p, const char *end)
{
    uint64_t word;
    while ((size_t)(end - p) >= sizeof word) {
        memcpy(&word, p, sizeof word);
        if ((word & HIGHS) != 0)
            break;
        p += sizeof word;
    }
    while (p < end && (unsigned char)*p < 0x80)
        p++;
    return p;
}

#ifdef __SSE2__

static __m128i load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* 0xff where a byte of the block stops a run. */
static __m128i stops_in(__m128i block)
{
    __m128i hit = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
    return _mm_or_si128(hit, _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));
}

const char *pbay_json_scan(const char *p, const char *end, bool *high)
{
    __m128i seen = _mm_setzero_si128();
    while (end - p >= 32) {
        __m128i first = load(p);
        __m128i second = load(p + 16);
        __m128i hits = _mm_or_si128(stops_in(first), stops_in(second));
        if (_mm_movemask_epi8(hits) != 0)
            break;
        seen = _mm_or_si128(seen, _mm_or_si128(first, second));
        p += 32;
    }
    while (end - p >= 16) {
        __m128i block = load(p);
        unsigned mask = (unsigned)_mm_movemask_epi8(stops_in(block));
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

const char *pbay_json_skip_ascii(const char *p, const char *end)
{
    for (; end - p >= 16; p += 16) {
        unsigned mask = (unsigned)_mm_movemask_epi8(load(p));
        if (mask != 0)
            return p + __builtin_ctz(mask);
    }
    return pbay_json_skip_ascii_portable(p, end);
}

#else

const char *pbay_json_scan(const char *p, const char *end, bool *high)
{
    return pbay_json_scan_portable(p, end, high);
}

const char *pbay_json_skip_ascii(const char *p, const char *end)
{
    return pbay_json_skip_ascii_portable(p, end);
}

#endif
