/* SPDX-License-Identifier: Apache-2.0 */
/* Matches a decomposition pattern against words and fills an answer with the parts. A pattern is
 * a run of fixed elements between wildcards, so the leftmost place of each run is the right one
 * and nothing is tried twice. Pure; any thread. */
#include "pattern.h"

#include <string.h>

const ElizaKeyword *eliza_script_find(const ElizaScript *script, pb_str word)
{
    for (const ElizaKeyword *keyword = script->keywords; keyword->word != NULL; keyword++)
        if (pbs_is(word, keyword->word))
            return keyword;
    return NULL;
}

/* The next piece of `list` up to a blank, a group in brackets being one piece; moves *list
 * behind it. */
static pb_str next_piece(const char **list)
{
    *list += strspn(*list, " ");
    const char *start = *list;
    const char *end = start + strcspn(start, start[0] == '(' ? ")" : " ");
    if (start[0] == '(' && *end == ')')
        end++;
    *list = end;
    return (pb_str){start, (size_t)(end - start)};
}

static bool listed(pb_str list, pb_str word)
{
    size_t i = 0;
    while (i < list.len) {
        size_t start = i;
        while (i < list.len && list.ptr[i] != ' ')
            i++;
        if (i > start && pbs_eq((pb_str){list.ptr + start, i - start}, word))
            return true;
        i++;
    }
    return false;
}

static bool fits(const ElizaScript *script, pb_str element, pb_str word)
{
    if (element.ptr[0] != '(')
        return pbs_eq(element, word);
    pb_str inner = {element.ptr + 2, element.len - 3};
    if (element.ptr[1] == '*')
        return listed(inner, word);
    const ElizaKeyword *keyword = eliza_script_find(script, word);
    return keyword != NULL && keyword->classes != NULL && listed(pbs_str(keyword->classes), inner);
}

static bool is_any(pb_str element)
{
    return element.len == 1 && element.ptr[0] == '0';
}

static bool run_fits(const ElizaScript *script, const pb_str *elements, size_t run,
                     const pb_str *words)
{
    for (size_t i = 0; i < run; i++)
        if (!fits(script, elements[i], words[i]))
            return false;
    return true;
}

/* The first place from `from` on where the run fits, or n + 1. The last run must end with the
 * input. */
static size_t place_run(const ElizaScript *script, const pb_str *elements, size_t run, bool last,
                        const pb_str *words, size_t from, size_t n)
{
    if (from + run > n)
        return n + 1;
    for (size_t at = last ? n - run : from; at + run <= n; at++)
        if (run_fits(script, elements, run, words + at))
            return at;
    return n + 1;
}

bool eliza_decompose(const ElizaScript *script, const char *pattern, const pb_str *words, size_t n,
                     ElizaParts *parts)
{
    static const pb_str none;
    pb_str elements[ELIZA_PARTS];
    size_t count = 0, at = 0, i = 0;
    if (words == NULL)
        words = &none; /* an empty line: n is 0 */
    for (pb_str piece = next_piece(&pattern); piece.len > 0 && count < ELIZA_PARTS;
         piece = next_piece(&pattern))
        elements[count++] = piece;
    parts->n = count;
    while (i < count) {
        size_t wild = is_any(elements[i]) ? 1 : 0, run = 0;
        while (i + wild + run < count && !is_any(elements[i + wild + run]))
            run++;
        bool last = i + wild + run == count;
        size_t place =
            wild == 0 ? at : place_run(script, elements + i + 1, run, last, words, at, n);
        if (place + run > n || (wild == 0 && !run_fits(script, elements + i, run, words + at)))
            return false;
        if (wild == 1) {
            parts->from[i] = at;
            parts->to[i] = place;
        }
        for (size_t k = 0; k < run; k++) {
            parts->from[i + wild + k] = place + k;
            parts->to[i + wild + k] = place + k + 1;
        }
        at = place + run;
        i += wild + run;
    }
    return at == n;
}

static void add_separated(ElizaText *out, pb_str word)
{
    if (out->len > 0 && out->ptr[out->len - 1] != ' ')
        eliza_text_add(out, (pb_str){" ", 1});
    eliza_text_add(out, word);
}

void eliza_reassemble(pb_str answer, const pb_str *words, const ElizaParts *parts, ElizaText *out)
{
    size_t i = 0;
    while (i < answer.len) {
        size_t start = i;
        while (i < answer.len && answer.ptr[i] != ' ')
            i++;
        pb_str word = {answer.ptr + start, i - start};
        size_t part = word.len == 1 ? (size_t)(word.ptr[0] - '1') : parts->n;
        if (part < parts->n) {
            for (size_t k = parts->from[part]; k < parts->to[part]; k++)
                add_separated(out, words[k]);
        } else if (word.len > 0) {
            add_separated(out, word);
        }
        i++;
    }
}
