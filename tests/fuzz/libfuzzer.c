/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer's door to a target. With PBAY_FUZZ_SEEDS=FOLDER in the environment the seeds are
 * written there first, so that the folder serves as a corpus. */
#include "fuzz/target.h"

#include <glib.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Folder {
    const char *path;
    unsigned n;
} Folder;

static void write_seed(void *user, const void *data, size_t len)
{
    Folder *folder = user;
    g_autofree char *path = g_strdup_printf("%s/seed-%05u", folder->path, folder->n++);

    if (!g_file_set_contents(path, data, (gssize)len, NULL))
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    Folder folder = {g_getenv("PBAY_FUZZ_SEEDS"), 0};

    (void)argc;
    (void)argv;
    if (folder.path != NULL)
        target_seeds(write_seed, &folder);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target_case(data, size);
    return 0;
}
