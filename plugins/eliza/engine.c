/* SPDX-License-Identifier: Apache-2.0 */
/* The algorithm of the 1966 paper: find keywords from left to right and put the highest rank on
 * top, cut the input to the clause they stand in, replace words, decompose, reassemble by turns,
 * follow links, remember, and recall when there is nothing else to say. One thread at a time;
 * all memory is the conversation's. */
#include "engine.h"

#include "pattern.h"

#include <stdlib.h>
#include <string.h>

#define KEYSTACK 64 /* keywords of one line that are kept; NEWKEY rarely asks for the second */
#define HOPS     16 /* links followed for one line: no script of sense comes near            */

struct ElizaTalk {
    const ElizaScript *script;
    size_t *first;   /* of each keyword: the index of its first rule in `turn`; then NONE's */
    unsigned *turn;  /* of each rule: which reassembly is next                              */
    size_t keywords; /* in the script                                                       */
    char **memories; /* what was said, oldest first, [forgotten, remembered)                */
    size_t forgotten, remembered, room;
    unsigned count; /* 1 to 4, one on with each line; memories come back at 4              */
};

/* The keywords found in a line, best first. */
typedef struct Keystack {
    const ElizaKeyword *at[KEYSTACK];
    size_t n;
} Keystack;

static size_t count_rules(const ElizaRule *rules)
{
    size_t n = 0;
    while (rules != NULL && rules[n].pattern != NULL)
        n++;
    return n;
}

static unsigned count_answers(const ElizaRule *rule)
{
    unsigned n = 0;
    while (rule->answers[n] != NULL)
        n++;
    return n;
}

/* splitmix64: spreads a seed over the rules. */
static uint64_t mix(uint64_t seed, size_t i)
{
    uint64_t z = seed + (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static const ElizaRule *rules_of(const ElizaTalk *talk, size_t keyword)
{
    return keyword < talk->keywords ? talk->script->keywords[keyword].rules : talk->script->none;
}

static void set_turns(ElizaTalk *talk, uint64_t seed)
{
    for (size_t k = 0; k <= talk->keywords; k++) {
        const ElizaRule *rules = rules_of(talk, k);
        for (size_t r = 0; r < count_rules(rules); r++) {
            size_t i = talk->first[k] + r;
            talk->turn[i] = seed == 0 ? 0 : (unsigned)(mix(seed, i) % count_answers(&rules[r]));
        }
    }
}

ElizaTalk *eliza_talk_new(const ElizaScript *script, uint64_t seed)
{
    ElizaTalk *talk = calloc(1, sizeof *talk);
    if (talk == NULL)
        return NULL;
    talk->script = script;
    talk->count = 1;
    while (script->keywords[talk->keywords].word != NULL)
        talk->keywords++;
    talk->first = calloc(talk->keywords + 1, sizeof *talk->first);
    size_t rules = 0;
    for (size_t k = 0; talk->first != NULL && k <= talk->keywords; k++) {
        talk->first[k] = rules;
        rules += count_rules(rules_of(talk, k));
    }
    talk->turn = calloc(rules + 1, sizeof *talk->turn);
    if (talk->first == NULL || talk->turn == NULL) {
        eliza_talk_free(talk);
        return NULL;
    }
    set_turns(talk, seed);
    return talk;
}

void eliza_talk_free(ElizaTalk *talk)
{
    if (talk == NULL)
        return;
    for (size_t i = talk->forgotten; i < talk->remembered; i++)
        free(talk->memories[i]);
    free(talk->memories);
    free(talk->first);
    free(talk->turn);
    free(talk);
}

static unsigned bcd(char c)
{
    static const char codes[] = "0123456789~='~~~+ABCDEFGHI~.)~~~-JKLMNOPQR~$*~~~ /STUVWXYZ~,(~~~";
    const char *at = c != '~' && c != '\0' ? strchr(codes, c) : NULL;
    return at != NULL ? (unsigned)(at - codes) : 060;
}

unsigned eliza_hash(pb_str word, unsigned bits)
{
    size_t chunk = word.len > 0 ? (word.len - 1) / 6 * 6 : 0;
    uint64_t value = 0;
    for (size_t i = chunk; i < chunk + 6; i++)
        value = value << 6 | bcd(i < word.len ? word.ptr[i] : ' ');
    value &= (UINT64_C(1) << 35) - 1;
    value = value * value >> (35 - bits / 2);
    return (unsigned)(value & ((UINT64_C(1) << bits) - 1));
}

static void push(Keystack *keys, const ElizaKeyword *keyword)
{
    if (keyword->rules == NULL && keyword->link == NULL)
        return;
    bool on_top = keys->n > 0 && keyword->rank > keys->at[0]->rank;
    if (keys->n == KEYSTACK && !on_top)
        return;
    if (keys->n == KEYSTACK)
        keys->n--;
    if (on_top)
        memmove(&keys->at[1], &keys->at[0], keys->n * sizeof keys->at[0]);
    keys->at[on_top ? 0 : keys->n] = keyword;
    keys->n++;
}

/* Leaves in line the clause of the keywords, words replaced. A delimiter before the first
 * keyword drops what stands before it; one behind it ends the line. */
static void scan(const ElizaScript *script, ElizaLine *line, Keystack *keys)
{
    size_t kept = 0;
    for (size_t i = 0; i < line->n; i++) {
        pb_str word = line->words[i];
        if (eliza_line_is_delimiter(word)) {
            if (keys->n > 0)
                break;
            kept = 0;
            continue;
        }
        const ElizaKeyword *keyword = eliza_script_find(script, word);
        if (keyword != NULL)
            push(keys, keyword);
        if (keyword != NULL && keyword->becomes != NULL)
            word = pbs_str(keyword->becomes);
        line->words[kept++] = word;
    }
    line->n = kept;
}

static bool remember(ElizaTalk *talk, const ElizaLine *line)
{
    if (line->n == 0)
        return true;
    const ElizaRule *rule = &talk->script->memory[eliza_hash(line->words[line->n - 1], 2)];
    ElizaParts parts;
    if (!eliza_decompose(talk->script, rule->pattern, line->words, line->n, &parts))
        return true;
    if (talk->remembered == talk->room) {
        size_t room = talk->room * 2 + 8;
        char **memories = realloc(talk->memories, room * sizeof *memories);
        if (memories == NULL)
            return false;
        talk->memories = memories;
        talk->room = room;
    }
    ElizaText text = {.ptr = NULL};
    eliza_reassemble(pbs_str(rule->answers[0]), line->words, &parts, &text);
    if (text.failed) {
        free(text.ptr);
        return false;
    }
    talk->memories[talk->remembered++] = text.ptr;
    return true;
}

static void recall(ElizaTalk *talk, ElizaText *reply)
{
    char *memory = talk->memories[talk->forgotten++];
    eliza_text_add(reply, pbs_str(memory));
    free(memory);
}

/* The next reassembly of the first rule that decomposes the line; {NULL, 0}: none does. */
static pb_str choose(ElizaTalk *talk, size_t keyword, const ElizaLine *line, ElizaParts *parts)
{
    const ElizaRule *rules = rules_of(talk, keyword);
    for (size_t r = 0; r < count_rules(rules); r++) {
        if (!eliza_decompose(talk->script, rules[r].pattern, line->words, line->n, parts))
            continue;
        unsigned *turn = &talk->turn[talk->first[keyword] + r];
        const char *answer = rules[r].answers[*turn];
        *turn = (*turn + 1) % count_answers(&rules[r]);
        return pbs_str(answer);
    }
    return (pb_str){NULL, 0};
}

/* "PRE text =WORD": text becomes the line. Gives WORD. */
static pb_str transform_first(pb_str answer, ElizaLine *line, const ElizaParts *parts)
{
    size_t link = answer.len;
    while (link > 0 && answer.ptr[link - 1] != '=')
        link--;
    ElizaText text = {.ptr = NULL};
    eliza_reassemble((pb_str){answer.ptr + 4, link - 6}, line->words, parts, &text);
    ElizaLine before = *line;
    *line = (ElizaLine){.words = NULL};
    if (text.failed || !eliza_line_read(line, (pb_str){text.ptr, text.len}))
        line->text.failed = true;
    free(text.ptr);
    eliza_line_free(&before);
    return (pb_str){answer.ptr + link, answer.len - link};
}

static void answer_none(ElizaTalk *talk, const ElizaLine *line, ElizaText *reply)
{
    ElizaParts parts;
    pb_str answer = choose(talk, talk->keywords, line, &parts);
    eliza_reassemble(answer, line->words, &parts, reply);
}

/* Applies the keywords, best first, until one gives an answer. */
static void answer_keys(ElizaTalk *talk, const Keystack *keys, ElizaLine *line, ElizaText *reply)
{
    const ElizaKeyword *keyword = keys->at[0];
    size_t used = 1;
    for (unsigned hop = 0; keyword != NULL && hop < HOPS && !line->text.failed; hop++) {
        ElizaParts parts;
        pb_str answer = choose(talk, (size_t)(keyword - talk->script->keywords), line, &parts);
        if (answer.len == 0 && keyword->link == NULL) {
            eliza_text_add(reply, pbs_str(talk->script->unmatched[talk->count - 1]));
            return;
        }
        if (answer.len == 0) {
            keyword = eliza_script_find(talk->script, pbs_str(keyword->link));
        } else if (pbs_is(answer, "NEWKEY")) {
            keyword = used < keys->n ? keys->at[used++] : NULL;
        } else if (pbs_has_prefix(answer, PBS_STR("PRE "))) {
            keyword = eliza_script_find(talk->script, transform_first(answer, line, &parts));
        } else if (pbs_has_prefix(answer, PBS_STR("="))) {
            keyword = eliza_script_find(talk->script, pbs_skip(answer, 1));
        } else {
            eliza_reassemble(answer, line->words, &parts, reply);
            return;
        }
    }
    answer_none(talk, line, reply);
}

static bool is_farewell(const ElizaScript *script, const ElizaLine *line)
{
    pb_str only = {NULL, 0};
    size_t words = 0;
    for (size_t i = 0; i < line->n; i++) {
        if (eliza_line_is_delimiter(line->words[i]))
            continue;
        only = line->words[i];
        words++;
    }
    for (const char *const *quit = script->quit_words; words == 1 && *quit != NULL; quit++)
        if (pbs_is(only, *quit))
            return true;
    return false;
}

bool eliza_talk_hear(ElizaTalk *talk, pb_str input, ElizaText *reply)
{
    ElizaLine line = {.words = NULL};
    Keystack keys = {.n = 0};
    bool heard = eliza_line_read(&line, input);
    talk->count = talk->count % ELIZA_MEMORIES + 1;
    if (heard && is_farewell(talk->script, &line)) {
        eliza_text_add(reply, pbs_str(talk->script->farewell));
    } else if (heard) {
        scan(talk->script, &line, &keys);
        if (keys.n > 0 && strcmp(keys.at[0]->word, talk->script->memory_word) == 0)
            heard = remember(talk, &line);
        if (keys.n > 0)
            answer_keys(talk, &keys, &line, reply);
        else if (talk->count == ELIZA_MEMORIES && talk->forgotten < talk->remembered)
            recall(talk, reply);
        else
            answer_none(talk, &line, reply);
    }
    heard = heard && !line.text.failed && !reply->failed;
    eliza_line_free(&line);
    return heard;
}
