/* SPDX-License-Identifier: MIT */
/* A growing byte buffer with a bound. It lives on the heap of the driver (malloc), because what
 * the core hands out with alloc() cannot be given back before the exchange ends; whoever owns
 * one frees it in the driver's end(). One owner at a time. */
#ifndef PATCHBAY_LIB_BUFFER_H
#define PATCHBAY_LIB_BUFFER_H

#include <patchbay/driver.h>
#include <stdbool.h>

typedef struct pbs_buf {
    char *ptr;
    size_t len, cap;
    size_t max; /* bytes it may ever hold */
} pbs_buf;

/* Takes no memory yet. */
void pbs_buf_init(pbs_buf *buf, size_t max);

/* False, with the content as it was, when the bound would be passed or memory is out. */
bool pbs_buf_add(pbs_buf *buf, pb_str bytes);
bool pbs_buf_add_char(pbs_buf *buf, char c);

/* What it holds; good until the next change. */
pb_str pbs_buf_str(const pbs_buf *buf);

/* Forgets the first n bytes (at most all). */
void pbs_buf_drop(pbs_buf *buf, size_t n);

/* Empties it; the memory is kept for the next use unless it is more than 64 KiB. */
void pbs_buf_clear(pbs_buf *buf);

/* Gives the memory back; the buffer may be used again. Safe on a zeroed struct. */
void pbs_buf_free(pbs_buf *buf);

#endif
