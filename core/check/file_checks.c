/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the file itself: what it exports, imports and needs. They read its bytes and run
 * nothing of it. What a manifest may declare is read from the .json beside the file, which the
 * check "manifest" holds against the driver. In the child that runs the check. */
#include "check/checks.h"
#include "check/elf.h"
#include "drivers/manifest.h"

#include <string.h>

/* NULL after a finding. */
static PbayElf *read_file(PbayCheckRun *run)
{
    g_autoptr(GError) error = NULL;
    PbayElf *elf;

    pbay_check_at(run, -1, "reading the file");
    elf = pbay_elf_read(run->options->file, &error);
    if (elf == NULL)
        pbay_check_found(run, "the file %s", error->message);
    return elf;
}

void pbay_check_exports(PbayCheckRun *run)
{
    g_autoptr(PbayElf) elf = read_file(run);

    if (elf == NULL)
        return;
    if (!pbay_elf_has(elf->exports, "patchbay_driver_get"))
        pbay_check_found(run, "expected the symbol patchbay_driver_get, found none");
    for (guint i = 0; i < elf->exports->len; i++)
        if (strcmp(elf->exports->pdata[i], "patchbay_driver_get") != 0)
            pbay_check_found(
                run,
                "exports %s: expected patchbay_driver_get alone (hidden visibility, or "
                "the version script of PatchbayDriver.cmake)",
                (char *)elf->exports->pdata[i]);
}

void pbay_check_nodelete(PbayCheckRun *run)
{
    g_autoptr(PbayElf) elf = read_file(run);

    if (elf != NULL && !elf->nodelete)
        pbay_check_found(run, "expected the flag NODELETE, found none: link with -Wl,-z,nodelete");
}

/* What the manifest beside the file declares; NULL: nothing. */
static PbayManifest *declared(PbayCheckRun *run)
{
    g_autoptr(GString) path = g_string_new(run->options->file);
    g_autofree char *text = NULL;

    if (g_str_has_suffix(path->str, ".so"))
        g_string_truncate(path, path->len - 3);
    g_string_append(path, ".json");
    return g_file_get_contents(path->str, &text, NULL, NULL) ? pbay_manifest_parse(text, NULL)
                                                             : NULL;
}

static bool declares(const PbayManifest *manifest, const char *name)
{
    return manifest != NULL && manifest->not_isolated != NULL &&
           g_strv_contains((const char *const *)manifest->not_isolated, name);
}

/* "libglib-2.0.so.0" -> "libglib"; g_free. */
static char *library_name(const char *needed)
{
    return g_strndup(needed, strcspn(needed, "-."));
}

/* What any C or C++ program has, and what sanitizers bring. */
static bool is_of_the_system(const char *name)
{
    static const char *const system[] = {"libc",    "libm",     "libpthread", "libdl",
                                         "librt",   "libgcc_s", "libstdc++",  "ld",
                                         "libasan", "libtsan",  "libubsan",   NULL};

    return g_strv_contains(system, name);
}

void pbay_check_needed(PbayCheckRun *run)
{
    static const char *const refused[] = {"libjson",    "libcurl", "libglib",
                                          "libgobject", "libgio",  NULL};
    g_autoptr(PbayElf) elf = read_file(run);
    g_autoptr(PbayManifest) manifest = declared(run);

    for (guint i = 0; elf != NULL && i < elf->needed->len; i++) {
        const char *needed = elf->needed->pdata[i];
        g_autofree char *name = library_name(needed);

        if (g_strv_contains(refused, name))
            pbay_check_found(run,
                             "needs %s: a driver uses the core's services for JSON and HTTP and "
                             "plain C for the rest",
                             needed);
        else if (!is_of_the_system(name) && !declares(manifest, name))
            pbay_check_found(run, "needs %s: expected it in the manifest, as \"declares\":[\"%s\"]",
                             needed, name);
    }
}

static bool is_refused(const char *name)
{
    static const char *const exact[] = {
        "socket",        "connect",      "bind",           "listen",
        "accept",        "fopen",        "fopen64",        "freopen",
        "freopen64",     "fork",         "vfork",          "clone",
        "system",        "popen",        "getenv",         "setenv",
        "secure_getenv", "unsetenv",     "putenv",         "clearenv",
        "posix_spawn",   "posix_spawnp", "pthread_create", "thrd_create",
        "dlopen",        "dlmopen",      "getaddrinfo",    NULL};
    static const char *const families[] = {"open", "exec", "curl_", "fexecve"};

    if (g_strv_contains(exact, name))
        return true;
    if (g_str_has_prefix(name, "open_memstream") || g_str_has_prefix(name, "openlog"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++)
        if (g_str_has_prefix(name, families[i]))
            return true;
    return false;
}

void pbay_check_imports(PbayCheckRun *run)
{
    g_autoptr(PbayElf) elf = read_file(run);
    g_autoptr(PbayManifest) manifest = declared(run);

    if (elf == NULL)
        return;
    if (elf->sanitizer != NULL) {
        pbay_check_skip(run, "built with %s, which imports for itself: check a release build",
                        elf->sanitizer);
        return;
    }
    for (guint i = 0; i < elf->imports->len; i++) {
        g_autofree char *name =
            g_strndup(elf->imports->pdata[i], strcspn(elf->imports->pdata[i], "@"));

        if (is_refused(name) && !declares(manifest, name))
            pbay_check_found(run,
                             "imports %s: a driver opens nothing, starts nothing and reads no "
                             "environment; declare it in the manifest (`declares`) if it must",
                             name);
    }
}
