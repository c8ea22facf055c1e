/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the table "every provider answers": for each API that a driver speaks, a strict
 * server for it and how the command is pointed there. tests/stub/vendors/DRIVER.c defines
 * vendor_rows_DRIVER; the build joins them into vendor_rows_all. Static data. */
#ifndef TESTS_STUB_VENDOR_ROW_H
#define TESTS_STUB_VENDOR_ROW_H

#include "stub/vendor.h"

typedef struct VendorRow {
    const char *name; /* of the row: "azure-v1"; letters, digits and '-' */
    /* A server that takes only what the vendor takes, with these credentials alone. */
    Vendor *(*start)(void);
    /* Of conf.d/SNIPPET.conf, which is read before conf and as it is shipped; NULL: none. */
    const char *snippet;
    /* conf.d text; each @URL@ becomes the server's address without a slash at its end, each
     * @DIR@ the box's folder. */
    const char *conf;
    /* The same with credentials that are refused, or NULL: this API takes none. */
    const char *wrong_conf;
    const char *file, *file_text; /* one file to be written to @DIR@, or NULL */
    const char *model; /* for -m, answers "You said: " and the last user text: "azure/parrot" */
    const char
        *tool_model;   /* calls the first tool with {"city":"Oslo"}; NULL: an API without tools */
    const char *warns; /* what each run says on stderr beside the answer, or NULL: nothing */
    bool whole_only;   /* this API cannot stream: an asked-for stream comes in one piece */
} VendorRow;

/* Each driver's (the table declares them); *n: how many. */
typedef const VendorRow *(*VendorRows)(size_t *n);

/* All of them, as the build joined them; ends with NULL. */
extern const VendorRows vendor_rows_all[];

#endif
