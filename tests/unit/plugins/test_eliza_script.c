/* SPDX-License-Identifier: Apache-2.0 */
/* The DOCTOR script as data: every link leads somewhere, every pattern has its bound, every
 * digit names a part that is there, no keyword stands twice, and the size of it is the
 * appendix's. */
#include "pattern.h"

#include <glib.h>
#include <string.h>

static size_t count_parts(const char *pattern)
{
    g_auto(GStrv) pieces = g_strsplit(pattern, " ", -1);
    size_t n = 0;
    bool group = false;
    for (char **piece = pieces; *piece != NULL; piece++) {
        n += !group;
        group = (group || (*piece)[0] == '(') && strchr(*piece, ')') == NULL;
    }
    return n;
}

static void check_link(const char *word)
{
    g_test_message("link to %s", word);
    const ElizaKeyword *keyword = eliza_script_find(&eliza_doctor, pbs_str(word));
    g_assert_nonnull(keyword);
    g_assert_true(keyword->rules != NULL || keyword->link != NULL);
}

static void check_answer(const char *answer, size_t parts)
{
    const char *link = strchr(answer, '=');
    if (link != NULL)
        check_link(link + 1);
    g_assert_true(link == NULL || link == answer || g_str_has_prefix(answer, "PRE "));
    g_auto(GStrv) words = g_strsplit(answer, " ", -1);
    for (char **word = words; *word != NULL; word++) {
        g_assert_cmpuint(strlen(*word), >, 0);
        if (strlen(*word) == 1 && g_ascii_isdigit((*word)[0]))
            g_assert_cmpuint((size_t)((*word)[0] - '0'), <=, parts);
    }
}

static size_t check_rules(const ElizaRule *rules)
{
    size_t answers = 0;
    for (; rules != NULL && rules->pattern != NULL; rules++) {
        size_t parts = count_parts(rules->pattern);
        g_assert_cmpuint(parts, >=, 1);
        g_assert_cmpuint(parts, <=, ELIZA_PARTS);
        g_assert_nonnull(rules->answers[0]);
        for (const char *const *answer = rules->answers; *answer != NULL; answer++, answers++)
            check_answer(*answer, parts);
    }
    return answers;
}

static void test_whole(void)
{
    size_t keywords = 0, answers = 0;
    for (const ElizaKeyword *k = eliza_doctor.keywords; k->word != NULL; k++) {
        g_assert_true(eliza_script_find(&eliza_doctor, pbs_str(k->word)) == k);
        g_assert_true(k->becomes != NULL || k->rules != NULL || k->link != NULL ||
                      k->classes != NULL);
        if (k->link != NULL)
            check_link(k->link);
        answers += check_rules(k->rules);
        keywords++;
    }
    g_assert_cmpuint(keywords, ==, 66);
    g_assert_cmpuint(answers, ==, 211);
    g_assert_cmpuint(check_rules(eliza_doctor.none), ==, 4);
    for (size_t i = 0; i < ELIZA_MEMORIES; i++) {
        check_answer(eliza_doctor.memory[i].answers[0], 3);
        g_assert_nonnull(eliza_doctor.unmatched[i]);
    }
    g_assert_nonnull(eliza_script_find(&eliza_doctor, pbs_str(eliza_doctor.memory_word)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eliza/script/whole", test_whole);
    return g_test_run();
}
