/* SPDX-License-Identifier: Apache-2.0 */
/* One strict vendor of the table as a program, so that clients in other languages can talk to it:
 *   witness_server ROW
 * prints one line of JSON (url, conf, file, file_text, model, tool_model) and serves until its
 * stdin ends. Exit status 3: there is no such row. */
#include "stub/vendor_row.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const VendorRow *find_row(const char *name)
{
    for (size_t i = 0; vendor_rows_all[i] != NULL; i++) {
        size_t n = 0;
        const VendorRow *rows = vendor_rows_all[i](&n);

        for (size_t r = 0; r < n; r++)
            if (strcmp(rows[r].name, name) == 0)
                return &rows[r];
    }
    return NULL;
}

static void add(json_object *tree, const char *name, const char *text)
{
    json_object_object_add(tree, name, text != NULL ? json_object_new_string(text) : NULL);
}

static void print_row(const VendorRow *row, const char *url)
{
    json_object *tree = json_object_new_object();

    add(tree, "url", url);
    add(tree, "conf", row->conf);
    add(tree, "file", row->file);
    add(tree, "file_text", row->file_text);
    add(tree, "model", row->model);
    add(tree, "tool_model", row->tool_model);
    puts(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN));
    fflush(stdout);
    json_object_put(tree);
}

int main(int argc, char **argv)
{
    const VendorRow *row = argc == 2 ? find_row(argv[1]) : NULL;
    Vendor *vendor;
    g_autofree char *url = NULL;
    char byte;

    if (row == NULL || row->start == NULL) {
        fprintf(stderr, "usage: witness_server ROW; no such row with a server\n");
        return 3;
    }
    vendor = row->start();
    url = stub_url(vendor->stub, "");
    print_row(row, url);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    vendor_free(vendor);
    return 0;
}
