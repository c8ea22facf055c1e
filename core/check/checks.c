/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks, and what every check uses to say where it is and what it found. Within
 * the child that runs the check, on one thread; what is told is only collected here. */
#include "check/checks.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const PbayCheck pbay_checks[] = {
    {"exports", "the file exports patchbay_driver_get and nothing else", PBAY_CHECK_FILE, false,
     pbay_check_exports},
    {"nodelete", "the file is marked NODELETE: it is never unloaded", PBAY_CHECK_FILE, false,
     pbay_check_nodelete},
    {"needed", "the file needs no libjson-c, libcurl, libglib; other libraries are declared",
     PBAY_CHECK_FILE, false, pbay_check_needed},
    {"imports", "the file imports no sockets, files, processes, environment, threads, dlopen, curl",
     PBAY_CHECK_FILE, false, pbay_check_imports},
    {"load", "the driver loads, starts, and its table is sound", PBAY_CHECK_DRIVER, false,
     pbay_check_load},
    {"manifest", "the manifest inside is the .json beside the file", PBAY_CHECK_DRIVER, false,
     pbay_check_manifest},
    {"claims", "for each kind and feature that the manifest offers a recording shows it",
     PBAY_CHECK_DRIVER, false, pbay_check_claims},
    {"fates", "each chat parameter is sent, changed or noted as the manifest says",
     PBAY_CHECK_DRIVER, false, pbay_check_fates},
    {"recorded", "the recording as it stands gives its requests, events, notes and outcome",
     PBAY_CHECK_RECORDING, false, pbay_check_recorded},
    {"split", "one byte at a time, and in two at every byte: the same events", PBAY_CHECK_RECORDING,
     false, pbay_check_split},
    {"random", "in 200 random ways: the same events", PBAY_CHECK_RECORDING, false,
     pbay_check_random},
    {"cut", "cut off at every byte: one end, a failure or the whole answer", PBAY_CHECK_RECORDING,
     false, pbay_check_cut},
    {"deferred-split", "as split, with effects held back until each op returned",
     PBAY_CHECK_RECORDING, true, pbay_check_split},
    {"deferred-random", "as random, with effects held back until each op returned",
     PBAY_CHECK_RECORDING, true, pbay_check_random},
    {"deferred-cut", "as cut, with effects held back until each op returned", PBAY_CHECK_RECORDING,
     true, pbay_check_cut},
    {"twice", "a second run gives what the first gave", PBAY_CHECK_RECORDING, false,
     pbay_check_twice},
    {"thread", "the same with every op on another thread", PBAY_CHECK_RECORDING, false,
     pbay_check_thread},
    {"interleaved", "two exchanges at a time on one provider give what each gives alone",
     PBAY_CHECK_RECORDING, false, pbay_check_interleaved},
    {"unknown", "members nobody knows, in every object of the reply: the same events",
     PBAY_CHECK_RECORDING, false, pbay_check_unknown},
    {"lifecycle",
     "begin and end once an exchange, provider_close once, also when the client leaves",
     PBAY_CHECK_RECORDING, false, pbay_check_lifecycle},
    {0}};

const PbayCheck *pbay_check_find(const char *name)
{
    for (const PbayCheck *check = pbay_checks; check->name != NULL; check++)
        if (strcmp(check->name, name) == 0)
            return check;
    return NULL;
}

void pbay_check_at(PbayCheckRun *run, int64_t at, const char *format, ...)
{
    va_list args;

    run->place->at = at;
    va_start(args, format);
    vsnprintf(run->place->doing, sizeof run->place->doing, format, args);
    va_end(args);
}

/* At once: what was told stays told if the driver crashes later. */
static void write_line(int fd, const char *line)
{
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    size_t len = strlen(text), done = 0;

    while (done < len) {
        ssize_t n = write(fd, text + done, len - done);

        if (n < 0 && errno != EINTR)
            return;
        done += n > 0 ? (size_t)n : 0;
    }
}

static void tell(PbayCheckRun *run, json_object *line)
{
    write_line(run->told, json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN));
    json_object_put(line);
}

static void tell_text(PbayCheckRun *run, const char *member, const char *text)
{
    g_autofree char *clean = g_utf8_make_valid(text, -1);
    json_object *line = json_object_new_object();

    json_object_object_add(line, member, json_object_new_string(clean));
    if (strcmp(member, "found") == 0) {
        json_object_object_add(line, "doing", json_object_new_string(run->place->doing));
        json_object_object_add(line, "at", json_object_new_int64(run->place->at));
    }
    tell(run, line);
}

void pbay_check_found(PbayCheckRun *run, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    run->found++;
    tell_text(run, "found", g_strchomp(text));
}

void pbay_check_skip(PbayCheckRun *run, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    tell_text(run, "skipped", text);
}

void pbay_check_show(PbayCheckRun *run, const char *text)
{
    tell_text(run, "show", text);
}

bool pbay_check_wants(const PbayCheckRun *run, int64_t at)
{
    return run->options->at < 0 || run->options->at == at;
}

bool pbay_check_replay(PbayCheckRun *run, const PbayReplaySpec *spec, PbayReplayResult *result)
{
    g_autoptr(GError) error = NULL;
    PbayReplaySpec with = *spec;

    run->place->runs++;
    with.loop = run->loop;
    if (spec->mode == PBAY_SPLIT_AT || spec->mode == PBAY_SPLIT_RANDOM)
        with.kept = &run->kept;
    if (pbay_replay_run(run->driver, run->recording, &with, result, &error))
        return true;
    pbay_replay_result_clear(result);
    pbay_check_found(run, "it cannot be run: %s", error->message);
    return false;
}

bool pbay_check_first(PbayCheckRun *run)
{
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RECORDED};

    if (run->first_known)
        return true;
    pbay_check_at(run, -1, "as recorded");
    run->first_known = pbay_check_replay(run, &spec, &run->first);
    return run->first_known;
}
