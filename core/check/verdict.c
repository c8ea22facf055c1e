/* SPDX-License-Identifier: Apache-2.0 */
/* Collects what a check told. The lines come from a child that a driver may have broken: what is
 * no line of ours counts for nothing. One thread. */
#include "check/verdict.h"

#include "answer/tree.h"
#include "base/str.h"

static void free_finding(gpointer data)
{
    PbayFinding *finding = data;

    g_free(finding->doing);
    g_free(finding->found);
    g_free(finding);
}

PbayVerdict *pbay_verdict_new(void)
{
    PbayVerdict *verdict = g_new0(PbayVerdict, 1);

    verdict->findings = g_ptr_array_new_with_free_func(free_finding);
    verdict->skipped = g_ptr_array_new_with_free_func(g_free);
    verdict->show = g_string_new(NULL);
    return verdict;
}

void pbay_verdict_free(PbayVerdict *verdict)
{
    if (verdict == NULL)
        return;
    g_ptr_array_unref(verdict->findings);
    g_ptr_array_unref(verdict->skipped);
    g_string_free(verdict->show, TRUE);
    g_free(verdict);
}

void pbay_verdict_add(PbayVerdict *verdict, const char *doing, int64_t at, char *found)
{
    PbayFinding *finding = g_new0(PbayFinding, 1);

    *finding = (PbayFinding){.doing = g_strdup(doing), .at = at, .found = found};
    g_ptr_array_add(verdict->findings, finding);
}

static const char *string_of(json_object *line, const char *member)
{
    json_object *value = json_object_object_get(line, member);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static void read_line(PbayVerdict *verdict, json_object *line)
{
    const char *found = string_of(line, "found"), *skipped = string_of(line, "skipped");
    const char *show = string_of(line, "show"), *doing = string_of(line, "doing");

    if (found != NULL)
        pbay_verdict_add(verdict, doing != NULL ? doing : "",
                         json_object_get_int64(json_object_object_get(line, "at")),
                         g_strdup(found));
    if (skipped != NULL)
        g_ptr_array_add(verdict->skipped, g_strdup(skipped));
    if (show != NULL)
        g_string_append(verdict->show, show);
}

void pbay_verdict_read(PbayVerdict *verdict, const char *lines)
{
    g_auto(GStrv) each = g_strsplit(lines, "\n", -1);

    for (guint i = 0; each[i] != NULL; i++) {
        json_object *line = NULL;

        if (!pbay_tree_parse(pbay_str(each[i]), &line, NULL))
            continue;
        if (json_object_is_type(line, json_type_object))
            read_line(verdict, line);
        json_object_put(line);
    }
}
