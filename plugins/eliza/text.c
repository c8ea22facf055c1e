/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a line of input into upper-case words and delimiters, and grows texts. Memory comes from
 * malloc and goes back through the free functions; no state, any thread. It knows nothing of
 * scripts. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

void eliza_text_add(ElizaText *text, pb_str more)
{
    if (text->failed)
        return;
    if (text->cap - text->len <= more.len) {
        size_t cap = (text->len + more.len + 32) * 2;
        char *ptr = realloc(text->ptr, cap);
        if (ptr == NULL) {
            text->failed = true;
            return;
        }
        text->ptr = ptr;
        text->cap = cap;
    }
    if (more.len > 0)
        memcpy(text->ptr + text->len, more.ptr, more.len);
    text->len += more.len;
    text->ptr[text->len] = '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

size_t eliza_count_words(pb_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += !is_blank(text.ptr[i]) && (i == 0 || is_blank(text.ptr[i - 1]));
    return n;
}

static bool is_word_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' || c == '-' || c == '&' ||
           c == '$' || c == '%' || c == '+' || c == '/' || ((unsigned char)c & 0x80u) != 0;
}

/* The plain character for a typographic one (U+2010 to U+2026, three bytes from p on), or NUL. */
static char plain(const char *p, size_t n)
{
    if (n < 3 || memcmp(p, "\xe2\x80", 2) != 0)
        return '\0';
    switch ((unsigned char)p[2]) {
    case 0x98: /* single quotes */
    case 0x99:
        return '\'';
    case 0x93: /* dashes, double quotes */
    case 0x94:
    case 0x9c:
    case 0x9d:
    case 0x9e:
        return ' ';
    case 0xa6: /* three dots */
        return '.';
    default:
        return '\0';
    }
}

/* In upper case; "," or "." for every kind of delimiter, a blank for what is in no word. */
static char normal(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    if (c != '\0' && strchr(",;:", c) != NULL)
        return ',';
    if (c != '\0' && strchr(".!?", c) != NULL)
        return '.';
    return is_word_byte(c) ? c : ' ';
}

static void normalise(ElizaText *out, pb_str input)
{
    for (size_t i = 0; i < input.len; i++) {
        char c = plain(input.ptr + i, input.len - i);
        i += c != '\0' ? 2 : 0;
        c = normal(c != '\0' ? c : input.ptr[i]);
        eliza_text_add(out, (pb_str){&c, 1});
    }
}

static bool add_word(ElizaLine *line, pb_str word)
{
    if (line->n == line->cap) {
        size_t cap = line->cap * 2 + 16;
        pb_str *words = realloc(line->words, cap * sizeof *words);
        if (words == NULL)
            return false;
        line->words = words;
        line->cap = cap;
    }
    line->words[line->n++] = word;
    return true;
}

/* Without the quotes and dashes around it; "" if it is nothing else. */
static pb_str trim(pb_str word)
{
    while (word.len > 0 && strchr("'-/", word.ptr[0]) != NULL) {
        word.ptr++;
        word.len--;
    }
    while (word.len > 0 && strchr("'-/", word.ptr[word.len - 1]) != NULL)
        word.len--;
    return word;
}

bool eliza_line_read(ElizaLine *line, pb_str input)
{
    normalise(&line->text, input);
    eliza_text_add(&line->text, (pb_str){NULL, 0});
    if (line->text.failed)
        return false;
    const char *p = line->text.ptr, *end = p + line->text.len;
    while (p < end) {
        const char *start = p;
        while (p < end && is_word_byte(*p))
            p++;
        pb_str word = trim((pb_str){start, (size_t)(p - start)});
        if (p == start) {
            p++;
            word = (pb_str){start, *start != ' '};
        }
        if (word.len > 0 && !add_word(line, word))
            return false;
    }
    return true;
}

void eliza_line_free(ElizaLine *line)
{
    free(line->text.ptr);
    free(line->words);
    *line = (ElizaLine){.words = NULL};
}

bool eliza_line_is_delimiter(pb_str word)
{
    return pbs_is(word, ",") || pbs_is(word, ".") || pbs_is(word, "BUT");
}
