/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a call, told as it happens with -v: one line on stderr for each attempt that is
 * made, fails, waits or serves; behind the answer where it would be torn apart. What came from
 * outside is cleaned for a terminal. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* One line without control characters. */
static char *one_line(const char *text)
{
    GString *clean = g_string_new(NULL);

    cli_clean_text(clean, text, strlen(text));
    g_strdelimit(clean->str, "\n\t", ' ');
    return g_string_free(clean, FALSE);
}

static void append_class(GString *line, json_object *event)
{
    json_object *status = json_object_object_get(event, "status");
    const char *class = cli_member(event, "class"), *message = cli_member(event, "message");

    if (class[0] != '\0')
        g_string_append_printf(line, " with %s", class);
    if (status != NULL && json_object_get_int(status) != 0)
        g_string_append_printf(line, " (HTTP %d)", json_object_get_int(status));
    if (message[0] != '\0')
        g_string_append_printf(line, ": %s", message);
}

static void append_seconds(GString *line, const char *before, json_object *ms)
{
    double number = (double)json_object_get_int64(ms);

    if (ms == NULL)
        return;
    if (number < 1000)
        g_string_append_printf(line, "%s%.0f ms", before, number);
    else
        g_string_append_printf(line, "%s%.1f s", before, number / 1000);
}

static void append_reason(GString *line, json_object *event)
{
    const char *reason = cli_member(event, "reason");

    if (reason[0] != '\0')
        g_string_append_printf(line, " (%s)", reason);
}

char *cli_attempt_line(const char *json)
{
    json_object *event = json_tokener_parse(json);
    const char *what = cli_member(event, "event"), *target = cli_member(event, "target");
    g_autoptr(GString) line = g_string_new(NULL);

    if (strcmp(what, "failed") == 0) {
        g_string_append_printf(line, "%s failed", target);
        append_class(line, event);
        append_seconds(line, "; waiting ", json_object_object_get(event, "wait_ms"));
    } else if (strcmp(what, "waiting") == 0) {
        g_string_append(line, "waiting");
        append_seconds(line, " ", json_object_object_get(event, "wait_ms"));
        if (target[0] != '\0')
            g_string_append_printf(line, " for %s", target);
        append_reason(line, event);
    } else if (strcmp(what, "served") == 0) {
        g_string_append_printf(line, "served by %s", target);
        append_seconds(line, " in ", json_object_object_get(event, "ms"));
    } else if (strcmp(what, "passed") == 0) {
        g_string_append_printf(line, "%s is passed over", target);
        append_reason(line, event);
    } else if (strcmp(what, "cancelled") == 0) {
        g_string_append_printf(line, "%s lost the race and is cancelled", target);
        append_reason(line, event);
    } else if (strcmp(what, "hedged") == 0) {
        g_string_append_printf(line, "asking %s as well", target);
        append_reason(line, event);
    } else { /* trying, and what a newer library has */
        g_string_append_printf(line, "%s %s", what, target);
        append_reason(line, event);
    }
    json_object_put(event);
    return one_line(line->str);
}

/* What came while an answer stood there without the end of its line. */
static GString *held;

void cli_tell_held(void)
{
    if (held == NULL)
        return;
    fputs(held->str, stderr);
    g_string_free(held, TRUE);
    held = NULL;
}

static void on_event(void *user, const char *event, size_t len)
{
    g_autofree char *line = cli_attempt_line(event);

    (void)user, (void)len;
    if (held == NULL)
        held = g_string_new(NULL);
    g_string_append_printf(held, "patchbay: %s\n", line);
    if (!cli_output_is_mid_line())
        cli_tell_held();
}

void cli_watch_attempts(patchbay_request *request)
{
    if (cli_options.verbose > 0)
        patchbay_request_watch(request, on_event, NULL);
}
