/* SPDX-License-Identifier: Apache-2.0 */
/* ELIZA against the conversation printed in the 1966 paper, word for word, and what the paper
 * describes besides: turns, links, NEWKEY, memory and its hash; then seeds, hostile lines and
 * repeatability. */
#include "engine.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static void expect(ElizaTalk *talk, const char *line, const char *answer)
{
    ElizaText reply = {.ptr = NULL};
    g_test_message("%s", line);
    g_assert_true(eliza_talk_hear(talk, pbs_str(line), &reply));
    g_assert_cmpstr(reply.ptr, ==, answer);
    free(reply.ptr);
}

/* Communications of the ACM 9 (1), page 36. */
static void test_paper(void)
{
    static const char *const lines[][2] = {
        {"Men are all alike.", "IN WHAT WAY"},
        {"They're always bugging us about something or other.",
         "CAN YOU THINK OF A SPECIFIC EXAMPLE"},
        {"Well, my boyfriend made me come here.", "YOUR BOYFRIEND MADE YOU COME HERE"},
        {"He says I'm depressed much of the time.", "I AM SORRY TO HEAR YOU ARE DEPRESSED"},
        {"It's true. I am unhappy.", "DO YOU THINK COMING HERE WILL HELP YOU NOT TO BE UNHAPPY"},
        {"I need some help, that much seems certain.",
         "WHAT WOULD IT MEAN TO YOU IF YOU GOT SOME HELP"},
        {"Perhaps I could learn to get along with my mother.", "TELL ME MORE ABOUT YOUR FAMILY"},
        {"My mother takes care of me.", "WHO ELSE IN YOUR FAMILY TAKES CARE OF YOU"},
        {"My father.", "YOUR FATHER"},
        {"You are like my father in some ways.", "WHAT RESEMBLANCE DO YOU SEE"},
        {"You are not very aggressive but I think you don't want me to notice that.",
         "WHAT MAKES YOU THINK I AM NOT VERY AGGRESSIVE"},
        {"You don't argue with me.", "WHY DO YOU THINK I DON'T ARGUE WITH YOU"},
        {"You are afraid of me.", "DOES IT PLEASE YOU TO BELIEVE I AM AFRAID OF YOU"},
        {"My father is afraid of everybody.",
         "WHAT ELSE COMES TO MIND WHEN YOU THINK OF YOUR FATHER"},
        {"Bullies.",
         "DOES THAT HAVE ANYTHING TO DO WITH THE FACT THAT YOUR BOYFRIEND MADE YOU COME HERE"},
    };
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        expect(talk, lines[i][0], lines[i][1]);
    eliza_talk_free(talk);
}

static void test_turns(void)
{
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, 0);
    expect(talk, "yes", "YOU SEEM QUITE POSITIVE");
    expect(talk, "certainly", "YOU ARE SURE");
    expect(talk, "Yes!", "I SEE");
    expect(talk, "YES", "I UNDERSTAND");
    expect(talk, "yes", "YOU SEEM QUITE POSITIVE");
    eliza_talk_free(talk);
}

static void test_links(void)
{
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, 0);
    expect(talk, "how?", "WHY DO YOU ASK");
    expect(talk, "Why is the sky blue", "DOES THAT QUESTION INTEREST YOU");
    expect(talk, "Why don't you help me", "DO YOU BELIEVE I DON'T HELP YOU");
    expect(talk, "you remind me of rain", "IN WHAT WAY");
    expect(talk, "you're mean", "WHAT MAKES YOU THINK I AM MEAN");
    expect(talk, "I like cats", "YOU SAY YOU LIKE CATS");
    expect(talk, "I dreamed of rain", "REALLY, OF RAIN");
    expect(talk, "remember me", "I AM NOT SURE I UNDERSTAND YOU FULLY");
    expect(talk, "yes remember", "YOU SEEM QUITE POSITIVE");
    expect(talk, "do you remember", "DID YOU THINK I WOULD FORGET");
    eliza_talk_free(talk);
}

static void test_delimiters(void)
{
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, 0);
    expect(talk, "the weather; I am sad: very", "I AM SORRY TO HEAR YOU ARE SAD");
    expect(talk, "I am glad! I am sad", "HOW HAVE I HELPED YOU TO BE GLAD");
    expect(talk, "\xe2\x80\x9cI\xe2\x80\x99m \xe2\x80\x98sick\xe2\x80\x99\xe2\x80\x9d",
           "DO YOU THINK COMING HERE WILL HELP YOU NOT TO BE SICK");
    expect(talk,
           "ich bin m\xc3\xbc"
           "de",
           "I AM NOT SURE I UNDERSTAND YOU FULLY");
    expect(talk,
           "my gr\xc3\xbc\xc3\x9f"
           "e",
           "YOUR GR\xc3\xbc\xc3\x9f"
           "E");
    eliza_talk_free(talk);
}

/* Memories come back oldest first, only at every fourth line, only when nothing else is found. */
static void test_memory(void)
{
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, 0);
    expect(talk, "my cat is here", "YOUR CAT IS HERE");
    expect(talk, "well", "I AM NOT SURE I UNDERSTAND YOU FULLY");
    expect(talk, "well", "DOES THAT HAVE ANYTHING TO DO WITH THE FACT THAT YOUR CAT IS HERE");
    expect(talk, "well", "PLEASE GO ON");
    expect(talk, "well", "WHAT DOES THAT SUGGEST TO YOU");
    expect(talk, "well", "DO YOU FEEL STRONGLY ABOUT DISCUSSING SUCH THINGS");
    expect(talk, "well", "I AM NOT SURE I UNDERSTAND YOU FULLY");
    eliza_talk_free(talk);
}

static void test_hash(void)
{
    g_assert_cmpuint(eliza_hash(pbs_str("HERE"), 2), ==, 3);
    g_assert_cmpuint(eliza_hash(pbs_str("FATHER"), 2), ==, 2);
    g_assert_cmpuint(eliza_hash(pbs_str("EVERYBODY"), 2), ==, 1);
    g_assert_cmpuint(eliza_hash(pbs_str("XXXXXXBODY"), 2), ==, eliza_hash(pbs_str("BODY"), 2));
    g_assert_cmpuint(eliza_hash(pbs_str(""), 2), <, 4);
    g_assert_cmpuint(eliza_hash(pbs_str("\xff~?"), 6), <, 64);
}

static void test_farewell(void)
{
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, 0);
    expect(talk, "bye!", "GOODBYE. IT WAS NICE TALKING TO YOU");
    expect(talk, "Goodbye is what my father said", "TELL ME MORE ABOUT YOUR FAMILY");
    eliza_talk_free(talk);
}

static char *say_seeded(uint64_t seed, const char *line)
{
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, seed);
    ElizaText reply = {.ptr = NULL};
    g_assert_true(eliza_talk_hear(talk, pbs_str(line), &reply));
    eliza_talk_free(talk);
    return reply.ptr;
}

static void test_seed(void)
{
    bool differed = false;
    for (uint64_t seed = 0; seed < 20; seed++) {
        char *one = say_seeded(seed, "what"), *two = say_seeded(seed, "what");
        char *first = say_seeded(0, "what");
        g_assert_cmpstr(one, ==, two);
        differed = differed || strcmp(one, first) != 0;
        free(one);
        free(two);
        free(first);
    }
    g_assert_true(differed);
}

/* Any line gets an answer that is not empty and holds no double blank. */
static void test_hostile(void)
{
    static const char *const words[] = {
        "I",    "you",   "my",   "was",    "remember", "if",        "dreamt", "are",  "am", "can",
        "why",  "don't", "like", "mother", "feel",     "'",         "you're", "-",    ",",  "but",
        "\xff", "()",    "=",    "0",      "4",        "everybody", "name",   "sorry"};
    g_autoptr(GRand) random = g_rand_new_with_seed(1966);
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, 7);
    for (int i = 0; i < 20000; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        for (int n = g_rand_int_range(random, 0, 9); n > 0; n--) {
            int pick = g_rand_int_range(random, 0, G_N_ELEMENTS(words));
            g_string_append_printf(line, "%s ", words[pick]);
        }
        ElizaText reply = {.ptr = NULL};
        g_assert_true(eliza_talk_hear(talk, (pb_str){line->str, line->len}, &reply));
        g_assert_cmpuint(reply.len, >, 0);
        g_assert_null(strstr(reply.ptr, "  "));
        g_assert_cmpint(reply.ptr[reply.len - 1], !=, ' ');
        free(reply.ptr);
    }
    eliza_talk_free(talk);
}

/* Time must not grow faster than the line. */
static void test_long(void)
{
    ElizaTalk *talk = eliza_talk_new(&eliza_doctor, 0);
    g_autoptr(GString) line = g_string_new("I ");
    for (int i = 0; i < 200000; i++)
        g_string_append(line, "feel I feel ");
    ElizaText reply = {.ptr = NULL};
    g_assert_true(eliza_talk_hear(talk, (pb_str){line->str, line->len}, &reply));
    g_assert_cmpuint(reply.len, >, 0);
    free(reply.ptr);
    expect(talk, "", "I AM NOT SURE I UNDERSTAND YOU FULLY");
    eliza_talk_free(talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eliza/engine/paper", test_paper);
    g_test_add_func("/eliza/engine/turns", test_turns);
    g_test_add_func("/eliza/engine/links", test_links);
    g_test_add_func("/eliza/engine/delimiters", test_delimiters);
    g_test_add_func("/eliza/engine/memory", test_memory);
    g_test_add_func("/eliza/engine/hash", test_hash);
    g_test_add_func("/eliza/engine/farewell", test_farewell);
    g_test_add_func("/eliza/engine/seed", test_seed);
    g_test_add_func("/eliza/engine/hostile", test_hostile);
    g_test_add_func("/eliza/engine/long", test_long);
    return g_test_run();
}
