/* SPDX-License-Identifier: MIT */
/* Owns the framing of server-sent events. A line that lies whole in the bytes given is read in
 * place; only a remainder is copied. It must give the same events for every split of the same
 * bytes. */
#include "lib/sse.h"

#include "lib/str.h"

void pbs_sse_init(pbs_sse *sse, size_t max)
{
    *sse = (pbs_sse){.started = false};
    pbs_buf_init(&sse->line, max);
    pbs_buf_init(&sse->data, max);
    pbs_buf_init(&sse->event, max);
    pbs_buf_init(&sse->id, max);
}

void pbs_sse_free(pbs_sse *sse)
{
    pbs_buf_free(&sse->line);
    pbs_buf_free(&sse->data);
    pbs_buf_free(&sse->event);
    pbs_buf_free(&sse->id);
}

static int dispatch(pbs_sse *sse, pbs_sse_fn fn, void *user)
{
    int result = 0;
    if (sse->has_data) {
        pbs_sse_event event = {pbs_buf_str(&sse->event), pbs_buf_str(&sse->data),
                               pbs_buf_str(&sse->id)};
        result = fn(user, &event);
    }
    pbs_buf_clear(&sse->data);
    pbs_buf_clear(&sse->event);
    sse->has_data = false;
    return result;
}

static bool set(pbs_buf *buf, pb_str value)
{
    pbs_buf_clear(buf);
    return pbs_buf_add(buf, value);
}

static bool add_data(pbs_sse *sse, pb_str value)
{
    if (sse->has_data && !pbs_buf_add_char(&sse->data, '\n'))
        return false;
    sse->has_data = true;
    return pbs_buf_add(&sse->data, value);
}

static bool field(pbs_sse *sse, pb_str line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    pb_str name = line, value = {NULL, 0};
    if (colon != NULL) {
        name.len = (size_t)(colon - line.ptr);
        value = pbs_skip(line, name.len + 1);
        if (value.len > 0 && value.ptr[0] == ' ')
            value = pbs_skip(value, 1);
    }
    if (pbs_is(name, "data"))
        return add_data(sse, value);
    if (pbs_is(name, "event"))
        return set(&sse->event, value);
    if (pbs_is(name, "id"))
        return set(&sse->id, value);
    return true; /* retry, an unknown field, or (no name) a comment */
}

static int take_line(pbs_sse *sse, pb_str line, pbs_sse_fn fn, void *user)
{
    if (!sse->started && pbs_has_prefix(line, PBS_STR("\xEF\xBB\xBF")))
        line = pbs_skip(line, 3);
    sse->started = true;
    if (line.len == 0)
        return dispatch(sse, fn, user);
    return field(sse, line) ? 0 : PBS_SSE_TOO_LONG;
}

/* How many bytes come before the next LF or CR; all of them if there is none. */
static size_t line_length(pb_str bytes)
{
    const char *lf = memchr(bytes.ptr, '\n', bytes.len);
    size_t n = lf != NULL ? (size_t)(lf - bytes.ptr) : bytes.len;
    const char *cr = memchr(bytes.ptr, '\r', n);
    return cr != NULL ? (size_t)(cr - bytes.ptr) : n;
}

int pbs_sse_push(pbs_sse *sse, pb_str bytes, pbs_sse_fn fn, void *user)
{
    int result = 0;
    while (bytes.len > 0 && result == 0) {
        if (sse->skip_lf && bytes.ptr[0] == '\n')
            bytes = pbs_skip(bytes, 1);
        sse->skip_lf = false;
        if (bytes.len == 0)
            break;
        size_t n = line_length(bytes);
        pb_str part = {bytes.ptr, n};
        if (n == bytes.len)
            return pbs_buf_add(&sse->line, part) ? 0 : PBS_SSE_TOO_LONG;
        sse->skip_lf = bytes.ptr[n] == '\r';
        bytes = pbs_skip(bytes, n + 1);
        if (sse->line.len == 0) {
            result = take_line(sse, part, fn, user);
            continue;
        }
        if (!pbs_buf_add(&sse->line, part))
            return PBS_SSE_TOO_LONG;
        result = take_line(sse, pbs_buf_str(&sse->line), fn, user);
        pbs_buf_clear(&sse->line);
    }
    return result;
}

int pbs_sse_end(pbs_sse *sse, pbs_sse_fn fn, void *user)
{
    int result = 0;
    if (sse->line.len > 0)
        result = take_line(sse, pbs_buf_str(&sse->line), fn, user);
    pbs_buf_clear(&sse->line);
    return result != 0 ? result : dispatch(sse, fn, user);
}
