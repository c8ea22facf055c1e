/* SPDX-License-Identifier: Apache-2.0 */
/* What a document needs beyond its nodes: names without escapes, proof that no name stands twice,
 * and ways into large containers, so that no lookup is linear in what a peer sends. Names are
 * sorted by hash, then by bytes: no choice of names makes it worse than n log n. Runs once, while
 * parsing; afterwards nothing here writes. */
#include "base/str.h"
#include "json/node.h"

#include <string.h>

pb_str pbay_json_key_of(const PbayJsonDoc *doc, const pb_json *node)
{
    if ((node->flags & PBAY_NODE_MEMBER) == 0)
        return (pb_str){NULL, 0};
    const char *base = (node->flags & PBAY_NODE_KEY_ESCAPED) != 0 ? doc->decoded : doc->text;
    return (pb_str){base + node->key, node->key_len};
}

static void decode_key(PbayJsonDoc *doc, pb_json *node)
{
    char *place = doc->decoded + doc->decoded_used;
    size_t len = pbay_json_unescape(place, doc->text + node->key, node->key_len);
    node->key = (uint32_t)doc->decoded_used;
    node->key_len = (uint32_t)len;
    doc->decoded_used += len;
}

static bool refuse_twice(const PbayJsonDoc *doc, const pb_json *node, PbayJsonFault *fault)
{
    bool decoded = (node->flags & PBAY_NODE_KEY_ESCAPED) != 0;
    fault->what = "an object has two members of this name";
    fault->at = doc->text + (decoded ? node->start : node->key - 1);
    return false;
}

/* A small object: each name marks a bit, and only a bit marked twice makes us compare. */
static bool small_is_unique(const PbayJsonDoc *doc, const pb_json *object, PbayJsonFault *fault)
{
    uint64_t marks = 0;
    const pb_json *member = object + 1;
    for (uint32_t i = 0; i < object->count; i++, member += member->span) {
        pb_str key = pbay_json_key_of(doc, member);
        unsigned sum = (unsigned)key.len * 3;
        if (key.len != 0)
            sum += (unsigned char)key.ptr[0] * 5u + (unsigned char)key.ptr[key.len - 1];
        uint64_t mark = UINT64_C(1) << (sum & 63);
        bool clash = (marks & mark) != 0;
        marks |= mark;
        for (const pb_json *other = object + 1; clash && other < member; other += other->span)
            if (pbay_str_eq(pbay_json_key_of(doc, other), key))
                return refuse_twice(doc, member, fault);
    }
    return true;
}

/* FNV-1a. */
static uint32_t hash_of(pb_str key)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.ptr[i]) * 16777619u;
    return hash;
}

static int compare_names(pb_str a, pb_str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len == 0 ? 0 : memcmp(a.ptr, b.ptr, a.len);
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer user)
{
    const PbayJsonKey *x = a;
    const PbayJsonKey *y = b;
    const PbayJsonDoc *doc = user;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    int order = compare_names(pbay_json_key_of(doc, &doc->nodes[x->node]),
                              pbay_json_key_of(doc, &doc->nodes[y->node]));
    return order != 0 ? order : x->node < y->node ? -1 : x->node > y->node;
}

static bool same_key(const PbayJsonDoc *doc, const PbayJsonKey *a, const PbayJsonKey *b)
{
    return a->hash == b->hash && pbay_str_eq(pbay_json_key_of(doc, &doc->nodes[a->node]),
                                             pbay_json_key_of(doc, &doc->nodes[b->node]));
}

static bool index_large(PbayArena *arena, PbayJsonDoc *doc, const pb_json *node,
                        PbayJsonLarge *large, PbayJsonFault *fault)
{
    bool object = node->type == PB_JSON_OBJECT;
    size_t steps = (node->count + PBAY_JSON_STEP - 1) / PBAY_JSON_STEP;
    large->node = node->self;
    large->steps = pbay_arena_alloc_raw(arena, steps * sizeof *large->steps);
    large->keys = object ? pbay_arena_alloc_raw(arena, node->count * sizeof *large->keys) : NULL;
    fault->what = NULL;
    if (large->steps == NULL || (object && large->keys == NULL))
        return false;
    const pb_json *child = node + 1;
    for (uint32_t i = 0; i < node->count; i++, child += child->span) {
        if (i % PBAY_JSON_STEP == 0)
            large->steps[i / PBAY_JSON_STEP] = child->self;
        if (object)
            large->keys[i] = (PbayJsonKey){hash_of(pbay_json_key_of(doc, child)), child->self};
    }
    if (!object)
        return true;
    g_qsort_with_data(large->keys, (gint)node->count, sizeof *large->keys, compare_keys, doc);
    for (uint32_t i = 1; doc->unique && i < node->count; i++)
        if (same_key(doc, &large->keys[i - 1], &large->keys[i]))
            return refuse_twice(doc, &doc->nodes[large->keys[i].node], fault);
    return true;
}

bool pbay_json_index(PbayArena *arena, PbayJsonDoc *doc, bool shared, PbayJsonFault *fault)
{
    uint32_t large = doc->large_count;
    /* Backwards: an object's members are ready before it is. */
    for (uint32_t i = doc->node_count; i-- > 0;) {
        pb_json *node = &doc->nodes[i];
        if ((node->flags & PBAY_NODE_KEY_ESCAPED) != 0)
            decode_key(doc, node);
        if (shared && (node->flags & PBAY_NODE_ESCAPED) != 0)
            pbay_json_decode(doc, node);
        if ((node->flags & PBAY_NODE_LARGE) != 0) {
            if (!index_large(arena, doc, node, &doc->large[--large], fault))
                return false;
        } else if (doc->unique && node->type == PB_JSON_OBJECT && node->count > 1) {
            if (!small_is_unique(doc, node, fault))
                return false;
        }
    }
    return true;
}

const PbayJsonLarge *pbay_json_large(const PbayJsonDoc *doc, const pb_json *node)
{
    uint32_t low = 0;
    uint32_t top = doc->large_count;
    while (top - low > 1) {
        uint32_t middle = low + (top - low) / 2;
        if (doc->large[middle].node <= node->self)
            low = middle;
        else
            top = middle;
    }
    return &doc->large[low];
}

const pb_json *pbay_json_large_get(const PbayJsonDoc *doc, const pb_json *node, pb_str key)
{
    const PbayJsonKey *keys = pbay_json_large(doc, node)->keys;
    uint32_t hash = hash_of(key);
    uint32_t low = 0; /* all before it are at most (hash, key) */
    uint32_t top = node->count;
    while (low < top) {
        uint32_t middle = low + (top - low) / 2;
        const pb_json *member = &doc->nodes[keys[middle].node];
        bool after = keys[middle].hash != hash
                         ? keys[middle].hash > hash
                         : compare_names(pbay_json_key_of(doc, member), key) > 0;
        if (after)
            top = middle;
        else
            low = middle + 1;
    }
    if (low == 0 || keys[low - 1].hash != hash)
        return NULL;
    const pb_json *member = &doc->nodes[keys[low - 1].node];
    return pbay_str_eq(pbay_json_key_of(doc, member), key) ? member : NULL;
}
