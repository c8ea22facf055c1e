/* SPDX-License-Identifier: Apache-2.0 */
/* The accessors of a parsed document. They answer from the nodes; only a string with escapes in a
 * document without PBAY_JSON_SHARED is decoded on its first use, into room that the parser
 * reserved, so that no accessor allocates or fails. */
#include "base/str.h"
#include "json/node.h"

#include <float.h>
#include <math.h>

int32_t pbay_json_type(const pb_json *value)
{
    return value != NULL ? value->type : PB_JSON_NULL;
}

size_t pbay_json_len(const pb_json *value)
{
    return value != NULL && pbay_json_is_container(value) ? value->count : 0;
}

static const pb_json *with_key(const pb_json *value, pb_str *key_or_null)
{
    if (key_or_null != NULL)
        *key_or_null =
            value != NULL ? pbay_json_key_of(pbay_json_doc(value), value) : (pb_str){NULL, 0};
    return value;
}

const pb_json *pbay_json_first(const pb_json *value, pb_str *key_or_null)
{
    return with_key(pbay_json_len(value) != 0 ? value + 1 : NULL, key_or_null);
}

const pb_json *pbay_json_next(const pb_json *child, pb_str *key_or_null)
{
    bool more = child != NULL && (child->flags & PBAY_NODE_LAST) == 0;
    return with_key(more ? child + child->span : NULL, key_or_null);
}

const pb_json *pbay_json_get(const pb_json *value, pb_str key)
{
    if (pbay_json_type(value) != PB_JSON_OBJECT)
        return NULL;
    const PbayJsonDoc *doc = pbay_json_doc(value);
    if ((value->flags & PBAY_NODE_LARGE) != 0)
        return pbay_json_large_get(doc, value, key);
    const pb_json *found = NULL;
    const pb_json *member = value + 1;
    for (uint32_t i = 0; i < value->count; i++, member += member->span)
        if (member->key_len == key.len && pbay_str_eq(pbay_json_key_of(doc, member), key))
            found = member;
    return found;
}

const pb_json *pbay_json_at(const pb_json *value, size_t i, pb_str *key_or_null)
{
    if (i >= pbay_json_len(value))
        return with_key(NULL, key_or_null);
    const pb_json *child = value + 1;
    if ((value->flags & PBAY_NODE_LARGE) != 0) {
        const PbayJsonDoc *doc = pbay_json_doc(value);
        child = &doc->nodes[pbay_json_large(doc, value)->steps[i / PBAY_JSON_STEP]];
        i %= PBAY_JSON_STEP;
    }
    for (; i > 0; i--)
        child += child->span;
    return with_key(child, key_or_null);
}

pb_str pbay_json_text(const pb_json *value)
{
    if (value == NULL)
        return PBAY_STR("null");
    return (pb_str){pbay_json_doc(value)->text + value->start, value->len};
}

pb_str pbay_json_str(const pb_json *value)
{
    if (pbay_json_type(value) != PB_JSON_STRING)
        return (pb_str){NULL, 0};
    PbayJsonDoc *doc = pbay_json_doc(value);
    if ((value->flags & PBAY_NODE_ESCAPED) != 0)
        return pbay_json_decode(doc, &doc->nodes[value->self]);
    return (pb_str){doc->text + value->start + 1, value->len - 2};
}

static bool is_number(const pb_json *value)
{
    int32_t type = pbay_json_type(value);
    return type == PB_JSON_INT || type == PB_JSON_REAL;
}

int64_t pbay_json_int(const pb_json *value, int64_t otherwise)
{
    int64_t n;
    return is_number(value) && pbay_json_number_int(pbay_json_text(value), &n) ? n : otherwise;
}

double pbay_json_real(const pb_json *value, double otherwise)
{
    double n;
    return is_number(value) && pbay_json_number_real(pbay_json_text(value), &n) ? n : otherwise;
}

int32_t pbay_json_bool(const pb_json *value, int32_t otherwise)
{
    if (pbay_json_type(value) != PB_JSON_BOOL)
        return otherwise;
    return *pbay_json_text(value).ptr == 't';
}

size_t pbay_json_floats(const pb_json *value, float *out, size_t n)
{
    if (pbay_json_type(value) != PB_JSON_ARRAY)
        return 0;
    size_t done = 0;
    for (const pb_json *child = pbay_json_first(value, NULL); child != NULL && done < n;
         child = pbay_json_next(child, NULL)) {
        double number;
        if (!is_number(child) || !pbay_json_number_real(pbay_json_text(child), &number) ||
            fabs(number) > (double)FLT_MAX)
            break;
        out[done++] = (float)number;
    }
    return done;
}
