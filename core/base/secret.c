/* SPDX-License-Identifier: Apache-2.0 */
/* Secret strings: pages of their own that stay out of core dumps and, where the system allows, out
 * of swap, wiped before they go back. While one lives, it and its base64 forms stand in the set of
 * known strings (known.c). Any thread; the bytes never change after creation. */
#include "base/secret.h"

#include "base/known.h"
#include "base/str.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The value, and its base64 in two alphabets: at each of three places in a group of three bytes,
 * and alone, with padding and without; and what stands behind a scheme ("Bearer"). */
#define FORMS_MAX 12u

struct PbaySecret {
    atomic_int refs;
    char *pages;
    size_t pages_len;
    pb_str forms[FORMS_MAX]; /* into pages; the first is the value */
    size_t n_forms;
};

void pbay_wipe(void *memory, size_t n)
{
    if (n != 0)
        explicit_bzero(memory, n);
}

static char *pages_new(size_t n)
{
    char *pages = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        g_error("no memory for a secret of %zu bytes: %s", n, g_strerror(errno));
    /* Best effort, both: a small limit on locked memory is no reason to refuse a key. */
    (void)madvise(pages, n, MADV_DONTDUMP);
    (void)mlock(pages, n);
    return pages;
}

/* Byte i of `skip` zero bytes followed by value; zero behind its end. */
static unsigned byte_at(pb_str value, size_t skip, size_t i)
{
    return i >= skip && i - skip < value.len ? (unsigned char)value.ptr[i - skip] : 0;
}

/* Adds the base64 characters first to last - 1 of `skip` bytes and value, and `pad` times `=`, as
 * a form, unless it is one already. Gives the place behind it. */
static char *add_form(PbaySecret *secret, char *to, size_t skip, size_t first, size_t last,
                      size_t pad, const char *last_two)
{
    static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    pb_str form = {to, last - first + pad};
    for (size_t c = first; c < last; c++) {
        size_t i = c * 6 / 8;
        unsigned two =
            byte_at(secret->forms[0], skip, i) << 8 | byte_at(secret->forms[0], skip, i + 1);
        unsigned six = two >> (10 - c * 6 % 8) & 63;
        *to++ = six < 62 ? common[six] : last_two[six - 62];
    }
    memset(to, '=', pad);
    for (size_t i = 0; i < secret->n_forms; i++)
        if (pbay_str_eq(secret->forms[i], form))
            return to - (last - first);
    secret->forms[secret->n_forms++] = form;
    return to + pad;
}

/* Base64 cuts bytes in groups of three, so a value inside a longer text looks in one of three
 * ways; of each, those characters are known that the value decides alone. */
static void add_base64(PbaySecret *secret, char *to, const char *last_two)
{
    size_t n = secret->forms[0].len, chars = (n * 8 + 5) / 6;
    to = add_form(secret, to, 0, 0, chars, (3 - n % 3) % 3, last_two);
    to = add_form(secret, to, 0, 0, chars, 0, last_two);
    for (size_t skip = 0; skip < 3; skip++)
        to = add_form(secret, to, skip, (skip * 8 + 5) / 6, (skip + n) * 8 / 6, 0, last_two);
}

/* A vendor that repeats an Authorization header may leave its scheme away. */
static void add_credential(PbaySecret *secret)
{
    pb_str value = secret->forms[0];
    size_t scheme = 0;
    while (scheme < value.len && g_ascii_isalnum(value.ptr[scheme]))
        scheme++;
    if (scheme == 0 || scheme + 1 + PBAY_KNOWN_MIN > value.len || value.ptr[scheme] != ' ')
        return;
    pb_str rest = {value.ptr + scheme + 1, value.len - scheme - 1};
    if (memchr(rest.ptr, ' ', rest.len) == NULL)
        secret->forms[secret->n_forms++] = rest;
}

/* Bytes that add_base64 may write in one alphabet. */
static size_t base64_room(size_t n)
{
    return 5 * (n / 3 * 4 + 8);
}

PbaySecret *pbay_secret_new(pb_str value)
{
    PbaySecret *secret = g_new0(PbaySecret, 1);
    atomic_init(&secret->refs, 1);
    bool known = value.len >= PBAY_KNOWN_MIN;
    secret->pages_len = value.len + 1 + (known ? 2 * base64_room(value.len) : 0);
    secret->pages = pages_new(secret->pages_len);
    if (value.len != 0)
        memcpy(secret->pages, value.ptr, value.len);
    secret->forms[secret->n_forms++] = (pb_str){secret->pages, value.len};
    if (known) {
        char *to = secret->pages + value.len + 1;
        add_base64(secret, to, "+/");
        add_base64(secret, to + base64_room(value.len), "-_");
        add_credential(secret);
        pbay_known_add(secret->forms, secret->n_forms);
    }
    return secret;
}

PbaySecret *pbay_secret_ref(PbaySecret *secret)
{
    atomic_fetch_add_explicit(&secret->refs, 1, memory_order_relaxed);
    return secret;
}

void pbay_secret_unref(PbaySecret *secret)
{
    if (secret == NULL || atomic_fetch_sub_explicit(&secret->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (secret->forms[0].len >= PBAY_KNOWN_MIN)
        pbay_known_remove(secret->forms, secret->n_forms);
    pbay_wipe(secret->pages, secret->pages_len);
    munmap(secret->pages, secret->pages_len);
    g_free(secret);
}

pb_str pbay_secret_peek(const PbaySecret *secret)
{
    return secret->forms[0];
}

const pb_str *pbay_secret_forms(const PbaySecret *secret, size_t *n)
{
    *n = secret->n_forms;
    return secret->forms;
}

bool pbay_header_is_secret(pb_str name)
{
    static const char *const names[] = {
        "authorization",  "proxy-authorization", "authentication",
        "cookie",         "set-cookie",          "ocp-apim-subscription-key",
        "x-goog-api-key", "x-auth-key",          "x-functions-key"};
    static const char *const ends[] = {"api-key", "apikey",    "api_key",     "-token",
                                       "-secret", "-password", "-credential", "-authorization"};
    g_autofree char *lower = g_ascii_strdown(name.len != 0 ? name.ptr : "", (gssize)name.len);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(lower, names[i]) == 0)
            return true;
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        if (g_str_has_suffix(lower, ends[i]))
            return true;
    return false;
}
