/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of an explanation for people: how the name was read, every target with the reason why it
 * stands there or is left out, and the timeouts. It shows what the library gives and decides
 * nothing. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static void print_pair(const char *name, const char *text)
{
    g_autofree char *line = g_strdup_printf("%-9s %s", name, text);

    cli_print_line(line);
}

static void print_strategy(json_object *plan)
{
    const char *strategy = cli_member(plan, "strategy");
    g_autofree char *text = g_strdup_printf(
        "%s; retries on a target: %d, attempts in all: %d%s",
        strategy[0] != '\0' ? strategy : "none, the target is named",
        json_object_get_int(json_object_object_get(plan, "retries")),
        json_object_get_int(json_object_object_get(plan, "attempts")),
        json_object_get_boolean(json_object_object_get(plan, "hedge")) ? ", hedged" : "");

    print_pair("strategy", text);
}

static void append_fact(GString *out, const char *name, json_object *value)
{
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, inner, text)
        {
            g_string_append_printf(out, "%s%s %s=%s", out->len != 0 ? ", " : "", name, inner,
                                   text != NULL ? json_object_get_string(text) : "null");
        }
        return;
    }
    g_string_append_printf(out, "%s%s %s", out->len != 0 ? ", " : "", name,
                           value != NULL ? json_object_get_string(value) : "null");
}

/* What the request is to rules, limits and estimates. */
static void print_facts(json_object *facts)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (!json_object_is_type(facts, json_type_object))
        return;
    json_object_object_foreach(facts, name, value)
    {
        append_fact(out, name, value);
    }
    g_strdelimit(out->str, "_", ' ');
    if (out->len != 0)
        print_pair("facts", out->str);
}

static char *estimate_of(json_object *step)
{
    json_object *usd = json_object_object_get(step, "estimate_usd");

    if (usd != NULL)
        return g_strdup_printf("%s USD", json_object_get_string(usd));
    return g_strdup(cli_member(step, "price"));
}

static char *state_of(json_object *step)
{
    json_object *latency = json_object_object_get(step, "latency_ms");
    int busy = json_object_get_int(json_object_object_get(step, "busy"));
    GString *out = g_string_new(cli_member(step, "breaker"));

    if (latency != NULL) {
        g_autofree char *time = cli_time_text(json_object_get_int64(latency));

        g_string_append_printf(out, "%s%s", out->len != 0 ? ", " : "", time);
    }
    if (busy != 0)
        g_string_append_printf(out, "%s%d busy", out->len != 0 ? ", " : "", busy);
    return g_string_free(out, FALSE);
}

static void print_steps(json_object *steps)
{
    static const char *const header[] = {"TRY",   "TARGET", "WHEN", "ESTIMATE",
                                         "STATE", "REASON", NULL};
    CliTable *table = cli_table_new(header);
    int number = 0;

    for (size_t i = 0; i < json_object_array_length(steps); i++) {
        json_object *step = json_object_array_get_idx(steps, i);
        bool in = json_object_get_boolean(json_object_object_get(step, "in"));
        g_autofree char *place = in ? g_strdup_printf("%d", ++number) : g_strdup("out");
        g_autofree char *estimate = estimate_of(step), *state = state_of(step);
        const char *cells[] = {place,
                               cli_member(step, "target"),
                               cli_member(step, "cause"),
                               estimate,
                               state,
                               cli_member(step, "reason"),
                               NULL};

        cli_table_add(table, cells);
    }
    cli_table_print_free(table);
}

static void print_timeouts(json_object *timeouts)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (!json_object_is_type(timeouts, json_type_object))
        return;
    json_object_object_foreach(timeouts, name, value)
    {
        gint64 ms = json_object_get_int64(value);
        g_autofree char *time = ms > 0 ? cli_time_text(ms) : g_strdup("none");
        g_autofree char *words = g_strdelimit(g_strdup(name), "_", ' ');

        g_string_append_printf(out, "%s%s %s", out->len != 0 ? ", " : "", words, time);
    }
    print_pair("timeouts", out->str);
}

void cli_print_plan(json_object *explanation)
{
    json_object *plan = json_object_object_get(explanation, "plan");
    json_object *steps = json_object_object_get(plan, "steps");
    json_object *notes = json_object_object_get(plan, "notes");
    g_autofree char *name =
        g_strdup_printf("%s (%s)", cli_member(plan, "model"), cli_member(plan, "how"));

    if (json_object_is_type(plan, json_type_object)) {
        print_pair("model", name);
        print_strategy(plan);
        print_facts(json_object_object_get(plan, "facts"));
        if (json_object_is_type(steps, json_type_array))
            print_steps(steps);
        for (size_t i = 0; notes != NULL && i < json_object_array_length(notes); i++)
            print_pair("note", json_object_get_string(json_object_array_get_idx(notes, i)));
    }
    print_timeouts(json_object_object_get(explanation, "timeouts_ms"));
}
