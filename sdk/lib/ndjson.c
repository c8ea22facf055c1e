/* SPDX-License-Identifier: MIT */
/* Owns the framing of newline-delimited JSON. A line that lies whole in the bytes given is
 * passed on in place; only a remainder is copied. */
#include "lib/ndjson.h"

#include "lib/str.h"

void pbs_ndjson_init(pbs_ndjson *ndjson, size_t max)
{
    pbs_buf_init(&ndjson->line, max);
}

void pbs_ndjson_free(pbs_ndjson *ndjson)
{
    pbs_buf_free(&ndjson->line);
}

static int take_line(pb_str line, pbs_ndjson_fn fn, void *user)
{
    line = pbs_trim(line);
    return line.len > 0 ? fn(user, line) : 0;
}

int pbs_ndjson_push(pbs_ndjson *ndjson, pb_str bytes, pbs_ndjson_fn fn, void *user)
{
    int result = 0;
    while (bytes.len > 0 && result == 0) {
        const char *lf = memchr(bytes.ptr, '\n', bytes.len);
        pb_str part = {bytes.ptr, lf != NULL ? (size_t)(lf - bytes.ptr) : bytes.len};
        bytes = pbs_skip(bytes, part.len + 1);
        bool whole = lf != NULL && ndjson->line.len == 0 && part.len <= ndjson->line.max;
        if (whole) {
            result = take_line(part, fn, user);
            continue;
        }
        if (!pbs_buf_add(&ndjson->line, part))
            return PBS_NDJSON_TOO_LONG;
        if (lf == NULL)
            return 0;
        result = take_line(pbs_buf_str(&ndjson->line), fn, user);
        pbs_buf_clear(&ndjson->line);
    }
    return result;
}

int pbs_ndjson_end(pbs_ndjson *ndjson, pbs_ndjson_fn fn, void *user)
{
    int result = take_line(pbs_buf_str(&ndjson->line), fn, user);
    pbs_buf_clear(&ndjson->line);
    return result;
}
