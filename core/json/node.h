/* SPDX-License-Identifier: Apache-2.0 */
/* What the JSON room knows about itself: the shape of a document in memory, and the steps of the
 * reader (scan, check, index, decode) that its files share. Private: no other room includes it. */
#ifndef PBAY_JSON_NODE_H
#define PBAY_JSON_NODE_H

#include "json/reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets are 32 bits, and what is decoded may double the text: no text reaches 2 GiB. */
#define PBAY_JSON_HARD_MAX ((size_t)INT32_MAX)

/* Containers with more children than this get an index. */
#define PBAY_JSON_STEP 16u

enum {
    PBAY_NODE_ESCAPED = 1,     /* a string with escapes                             */
    PBAY_NODE_DECODED = 2,     /* ... of which `count` is the place of the decoding  */
    PBAY_NODE_KEY_ESCAPED = 4, /* the member's name had escapes: `key` is decoded   */
    PBAY_NODE_MEMBER = 8,      /* has a name                                        */
    PBAY_NODE_LAST = 16,       /* has no next sibling                               */
    PBAY_NODE_LARGE = 32       /* has a PbayJsonLarge                               */
};

/* One value. Nodes stand in document order, so that the first child is the next node and the next
 * sibling is `span` nodes on; node 0 is the root, and `self` leads back to it and to the
 * document. */
struct pb_json {
    uint32_t start, len;   /* the value's bytes in the text, quotes and brackets included        */
    uint32_t key, key_len; /* the name: in the text, or with KEY_ESCAPED in `decoded`            */
    uint32_t span;         /* this node and all its descendants; while it is open: its parent    */
    uint32_t count;        /* children; of a DECODED string: its place in `decoded`              */
    uint32_t self;
    uint8_t type, flags;
    uint16_t unused;
};

/* A member of a large object, in the order (hash, name, place). */
typedef struct PbayJsonKey {
    uint32_t hash, node;
} PbayJsonKey;

/* Ways into a container with many children. */
typedef struct PbayJsonLarge {
    uint32_t node;
    uint32_t *steps;   /* every PBAY_JSON_STEP-th child */
    PbayJsonKey *keys; /* of an object: its members     */
} PbayJsonLarge;

typedef struct PbayJsonDoc {
    const char *text;
    char *decoded; /* room for every string with escapes, each value with its length in front */
    size_t decoded_used;
    PbayJsonLarge *large; /* in document order */
    uint32_t large_count;
    uint32_t node_count;
    bool unique; /* no object has a name twice */
    pb_json nodes[];
} PbayJsonDoc;

/* What refuses a text: a sentence without an end, and where. */
typedef struct PbayJsonFault {
    const char *what; /* NULL: nothing; static */
    const char *at;   /* in the text           */
} PbayJsonFault;

static inline PbayJsonDoc *pbay_json_doc(const pb_json *node)
{
    return (PbayJsonDoc *)(void *)((const char *)(node - node->self) -
                                   offsetof(PbayJsonDoc, nodes));
}

static inline bool pbay_json_is_container(const pb_json *node)
{
    return node->type >= PB_JSON_ARRAY;
}

/* The name of a member, decoded. */
pb_str pbay_json_key_of(const PbayJsonDoc *doc, const pb_json *node);

/* scan.c: the first byte of [p, end) that a string cannot hold as it stands: a quote, a backslash
 * or a control; end if there is none. *high is set (never cleared) if a byte before it is above
 * 0x7f. */
const char *pbay_json_scan(const char *p, const char *end, bool *high);
const char *pbay_json_scan_portable(const char *p, const char *end, bool *high);

/* The first byte of [p, end) above 0x7f, or end. */
const char *pbay_json_skip_ascii(const char *p, const char *end);
const char *pbay_json_skip_ascii_portable(const char *p, const char *end);

/* utf8.c: the first byte of [p, end) that does not begin a well-formed UTF-8 sequence (Unicode
 * table 3-7: no overlong form, no surrogate, nothing above U+10FFFF), or end. */
const char *pbay_json_utf8_check(const char *p, const char *end);

/* How many bytes from p on are one well-formed sequence (1 to 4), or, negated, how many are the
 * longest start of one, at least 1. p < end. */
int pbay_json_utf8_step(const char *p, const char *end);

/* escape.c: p stands on a backslash; gives the byte after the escape (after the pair for a
 * surrogate), or NULL with fault set. */
const char *pbay_json_escape_check(const char *p, const char *end, PbayJsonFault *fault);

/* Decodes the inside of a checked string; gives the number of bytes, at most n. */
size_t pbay_json_unescape(char *out, const char *p, size_t n);

/* Decodes string `node` once and gives the text; its room was reserved by the parser. */
pb_str pbay_json_decode(PbayJsonDoc *doc, pb_json *node);

/* number.c: p stands on '-' or a digit; gives the byte after the number, or NULL with fault set.
 * *real is set if it has a fraction or an exponent. */
const char *pbay_json_number_end(const char *p, const char *end, bool *real, PbayJsonFault *fault);

/* The value of a checked number. False if it is not an integer within int64. */
bool pbay_json_number_int(pb_str number, int64_t *value);

/* The nearest double, whatever the locale. False if that is not finite. */
bool pbay_json_number_real(pb_str number, double *value);

/* index.c: decodes escaped names, finds names given twice (unique), builds the ways into large
 * containers, decodes all strings (shared). False with fault set; fault->what NULL: out of
 * memory. */
bool pbay_json_index(PbayArena *arena, PbayJsonDoc *doc, bool shared, PbayJsonFault *fault);

/* The index of a LARGE container. */
const PbayJsonLarge *pbay_json_large(const PbayJsonDoc *doc, const pb_json *node);

/* The last member of that name in a LARGE object, or NULL. */
const pb_json *pbay_json_large_get(const PbayJsonDoc *doc, const pb_json *node, pb_str key);

#endif
