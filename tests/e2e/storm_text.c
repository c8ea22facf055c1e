/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fates with their shares, and the texts. The shares of all but WELL add up to 300 of
 * 1000. */
#include "e2e/storm_text.h"

#include <patchbay/patchbay.h>
#include <stdio.h>
#include <string.h>

#define NONE 0

typedef struct Share {
    const char *name;
    unsigned per_mille;
    int cls, or_cls; /* PATCHBAY_ERR_* */
    bool late;
} Share;

static const Share shares[STORM_FATES] = {
    [STORM_WELL] = {"well", 700, NONE, NONE, false},
    [STORM_RESET_HEAD] = {"reset", 12, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, false},
    [STORM_RESET_EARLY] = {"reset early", 10, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, false},
    [STORM_RESET_LATE] = {"reset late", 10, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, true},
    [STORM_STALL_HEAD] = {"stall", 8, PATCHBAY_ERR_TIMEOUT, PATCHBAY_ERR_TIMEOUT, false},
    [STORM_STALL_EARLY] = {"stall early", 7, PATCHBAY_ERR_TIMEOUT, PATCHBAY_ERR_TIMEOUT, false},
    [STORM_STALL_LATE] = {"stall late", 7, PATCHBAY_ERR_TIMEOUT, PATCHBAY_ERR_TIMEOUT, true},
    [STORM_LIMIT_MS] = {"429", 110, PATCHBAY_ERR_RATE_LIMIT, PATCHBAY_ERR_RATE_LIMIT, false},
    [STORM_LIMIT_S] = {"429 1 s", 1, PATCHBAY_ERR_RATE_LIMIT, PATCHBAY_ERR_RATE_LIMIT, false},
    [STORM_500] = {"500", 18, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_UPSTREAM, false},
    [STORM_502] = {"502", 10, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_UPSTREAM, false},
    [STORM_503] = {"503", 15, PATCHBAY_ERR_OVERLOADED, PATCHBAY_ERR_UPSTREAM, false},
    [STORM_503_HINT] = {"503 1 s", 1, PATCHBAY_ERR_OVERLOADED, PATCHBAY_ERR_UPSTREAM, false},
    [STORM_FRAME_EARLY] = {"frame", 17, PATCHBAY_ERR_OVERLOADED, PATCHBAY_ERR_UPSTREAM, false},
    [STORM_FRAME_LATE] = {"frame late", 8, PATCHBAY_ERR_OVERLOADED, PATCHBAY_ERR_UPSTREAM, true},
    [STORM_CUT_EARLY] = {"cut early", 12, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, false},
    [STORM_CUT_LATE] = {"cut late", 10, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, true},
    [STORM_END_EARLY] = {"end early", 8, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, false},
    [STORM_END_LATE] = {"end late", 8, PATCHBAY_ERR_UPSTREAM, PATCHBAY_ERR_PROTOCOL, true},
    [STORM_BROKEN_EARLY] = {"broken", 10, PATCHBAY_ERR_PROTOCOL, PATCHBAY_ERR_UPSTREAM, false},
    [STORM_BROKEN_LATE] = {"broken late", 6, PATCHBAY_ERR_PROTOCOL, PATCHBAY_ERR_UPSTREAM, true},
    [STORM_EMPTY] = {"empty", 12, PATCHBAY_ERR_PROTOCOL, PATCHBAY_ERR_UPSTREAM, false},
};

const char *storm_fate_name(StormFate fate)
{
    return shares[fate].name;
}

bool storm_fate_gives(StormFate fate, int cls)
{
    return cls == shares[fate].cls || cls == shares[fate].or_cls;
}

bool storm_fate_is_late(StormFate fate)
{
    return shares[fate].late;
}

/* SplitMix64's finish over the parts. */
unsigned storm_chance(StormVisit v, unsigned salt, unsigned n)
{
    const uint64_t parts[] = {v.seed, v.nonce, v.target, v.visit, salt};
    uint64_t x = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        x = (x ^ parts[i]) + UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        x ^= x >> 31;
    }
    return (unsigned)(x % n);
}

StormFate storm_fate(StormVisit v)
{
    unsigned at = storm_chance(v, 1, 1000);

    for (unsigned fate = 0; fate < STORM_FATES; fate++) {
        if (at < shares[fate].per_mille)
            return (StormFate)fate;
        at -= shares[fate].per_mille;
    }
    g_assert_not_reached();
}

int storm_hint_ms(StormFate fate, StormVisit v)
{
    switch (fate) {
    case STORM_LIMIT_MS:
        return 1 + (int)storm_chance(v, 2, 3);
    case STORM_LIMIT_S:
    case STORM_503_HINT:
        return 1000;
    default:
        return 0;
    }
}

static uint32_t checksum(const char *text)
{
    uint32_t sum = UINT32_C(2166136261);

    for (; *text != '\0'; text++)
        sum = (sum ^ (uint8_t)*text) * UINT32_C(16777619);
    return sum;
}

GPtrArray *storm_pieces(StormVisit v)
{
    static const char *const words[] = {"storm", "lull",   "gust", "Böe",
                                        "{}",    "data: ", "hail", "[DONE]"};
    GPtrArray *pieces = g_ptr_array_new_with_free_func(g_free);
    unsigned n = 1 + storm_chance(v, 3, 12);
    g_autoptr(GString) all = g_string_new(NULL);

    for (unsigned i = 0; i < n; i++) {
        g_autoptr(GString) piece = g_string_new(NULL);

        if (i == 0)
            g_string_append_printf(piece, "%c:%05u:%u:", STORM_NAMES[v.target], v.nonce, v.visit);
        for (unsigned k = 0; k <= storm_chance(v, 100 + i, 4); k++)
            g_string_append_printf(
                piece, "%s %x ",
                words[storm_chance(v, 1000 + 8 * i + k, (unsigned)G_N_ELEMENTS(words))],
                storm_chance(v, 2000 + 8 * i + k, 65536));
        g_string_append(all, piece->str);
        g_ptr_array_add(pieces, g_strdup(piece->str));
    }
    g_ptr_array_add(pieces, g_strdup_printf("=%08x", checksum(all->str)));
    return pieces;
}

char *storm_text(StormVisit v)
{
    g_autoptr(GPtrArray) pieces = storm_pieces(v);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < pieces->len; i++)
        g_string_append(text, g_ptr_array_index(pieces, i));
    return g_string_free(text, FALSE);
}

bool storm_text_origin(const char *text, uint32_t seed, StormVisit *v)
{
    char name = '\0', colon = '\0';
    const char *at;

    *v = (StormVisit){.seed = seed};
    if (sscanf(text, "%c:%5u:%u%c", &name, &v->nonce, &v->visit, &colon) != 4 || colon != ':')
        return false;
    at = strchr(STORM_NAMES, name);
    if (at == NULL)
        return false;
    v->target = (unsigned)(at - STORM_NAMES);
    return true;
}

char *storm_id(StormVisit v)
{
    return g_strdup_printf("chatcmpl-%c-%05u-%u", STORM_NAMES[v.target], v.nonce, v.visit);
}

int storm_prompt_tokens(StormVisit v)
{
    return 10 + (int)storm_chance(v, 4, 90);
}

int storm_completion_tokens(StormVisit v)
{
    return 1 + (int)storm_chance(v, 5, 30);
}
