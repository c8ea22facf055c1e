/* SPDX-License-Identifier: MIT */
/* Owns the growing buffer. Growth doubles, so that n bytes added one at a time cost O(n); it
 * must never grow past its bound. One owner at a time, any thread. */
#include "lib/buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256u
#define KEEP_CAPACITY  (64u * 1024u)

void pbs_buf_init(pbs_buf *buf, size_t max)
{
    *buf = (pbs_buf){.max = max};
}

static bool reserve(pbs_buf *buf, size_t more)
{
    if (more > buf->max - buf->len)
        return false;
    size_t need = buf->len + more;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap != 0 ? buf->cap : FIRST_CAPACITY;
    while (cap < need)
        cap = cap > buf->max / 2 ? buf->max : cap * 2;
    char *grown = realloc(buf->ptr, cap);
    if (grown == NULL)
        return false;
    buf->ptr = grown;
    buf->cap = cap;
    return true;
}

bool pbs_buf_add(pbs_buf *buf, pb_str bytes)
{
    if (bytes.len == 0)
        return true;
    if (!reserve(buf, bytes.len))
        return false;
    memcpy(buf->ptr + buf->len, bytes.ptr, bytes.len);
    buf->len += bytes.len;
    return true;
}

bool pbs_buf_add_char(pbs_buf *buf, char c)
{
    return pbs_buf_add(buf, (pb_str){&c, 1});
}

pb_str pbs_buf_str(const pbs_buf *buf)
{
    return (pb_str){buf->ptr, buf->len};
}

void pbs_buf_drop(pbs_buf *buf, size_t n)
{
    if (n >= buf->len) {
        buf->len = 0;
        return;
    }
    memmove(buf->ptr, buf->ptr + n, buf->len - n);
    buf->len -= n;
}

void pbs_buf_clear(pbs_buf *buf)
{
    buf->len = 0;
    if (buf->cap > KEEP_CAPACITY)
        pbs_buf_free(buf);
}

void pbs_buf_free(pbs_buf *buf)
{
    free(buf->ptr);
    *buf = (pbs_buf){.max = buf->max};
}
