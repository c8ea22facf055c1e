/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are read, in which order, and which are masked. */
#ifndef PBAY_CONFIG_FILES_H
#define PBAY_CONFIG_FILES_H

#include "config/config.h"

#define PBAY_CONFIG_FILE_MAX (1024u * 1024u)

typedef struct PbayFoundFile {
    PbayConfigFile pub; /* first: handed out as such; path and by are owned here */
    char *name;         /* within its folder; NULL for a file that was named itself */
    bool named;
} PbayFoundFile;

/* PbayFoundFile * in merge order; problems for what was asked for and cannot be read. */
GPtrArray *pbay_config_find_files(const PbayConfigInput *input, PbayProblems *problems);

#endif
