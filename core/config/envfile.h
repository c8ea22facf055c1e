/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an environment file: KEY=value lines, quotes, `export`, `#`. */
#ifndef PBAY_CONFIG_ENVFILE_H
#define PBAY_CONFIG_ENVFILE_H

#include "config/config.h"

#define PBAY_ENV_FILE_MAX (1024u * 1024u)

typedef struct PbayEnvLine {
    char *name, *value;
    int line;
} PbayEnvLine;

/* PbayEnvLine * in order, or NULL with each mistake added to problems. Nothing is expanded: `$` is
 * a character. '...' is literal; "..." knows \" \\ \$ \n \t \r; without quotes a comment begins at
 * " #". */
GPtrArray *pbay_config_read_env_file(const char *path, PbayProblems *problems);
GPtrArray *pbay_config_scan_env(const char *file, pb_str text, PbayProblems *problems);

#endif
