/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the merging of EXTRA members. A value is kept as text; only when a second one must be folded
 * into it is it opened into its members (object) or its elements (array), so that appending to a
 * long list of token probabilities costs what is appended. On the worker's thread; it must not know
 * events. */
#include "answer/extra.h"

#include "base/error.h"
#include "base/str.h"
#include "json/reader.h"

#include <string.h>

typedef enum Form {
    FORM_TEXT,     /* a whole value                            */
    FORM_ELEMENTS, /* an array without its brackets            */
    FORM_MEMBERS   /* an object: `members`; `text` is not used  */
} Form;

typedef struct Member {
    char *name;
    size_t name_len;
    Form form;
    GString *text;
    GPtrArray *members;
} Member;

static const PbayJsonLimits limits = {(size_t)64 * 1024 * 1024, 96};

static void member_free(void *data)
{
    Member *member = data;
    g_free(member->name);
    if (member->text != NULL)
        g_string_free(member->text, TRUE);
    if (member->members != NULL)
        g_ptr_array_unref(member->members);
    g_free(member);
}

static pb_str member_name(const Member *member)
{
    return (pb_str){member->name, member->name_len};
}

static Member *find(const GPtrArray *members, pb_str name)
{
    for (guint i = 0; members != NULL && i < members->len; i++)
        if (pbay_str_eq(member_name(members->pdata[i]), name))
            return members->pdata[i];
    return NULL;
}

/* The member of that name, made if there is none; NULL when the object is full. */
static Member *obtain(GPtrArray *members, pb_str name)
{
    Member *member = find(members, name);
    if (member != NULL || members->len >= PBAY_EXTRA_MEMBERS_MAX)
        return member;
    member = g_new0(Member, 1);
    member->name = pbay_str_dup(name);
    member->name_len = name.len;
    g_ptr_array_add(members, member);
    return member;
}

static void set_text(Member *member, pb_str json)
{
    if (member->text == NULL)
        member->text = g_string_sized_new(json.len);
    g_string_truncate(member->text, 0);
    pbay_str_append(member->text, json);
    g_clear_pointer(&member->members, g_ptr_array_unref);
    member->form = FORM_TEXT;
}

static bool is_array(const Member *member)
{
    return member->form == FORM_ELEMENTS ||
           (member->form == FORM_TEXT && member->text != NULL && member->text->str[0] == '[');
}

static bool is_object(const Member *member)
{
    return member->form == FORM_MEMBERS ||
           (member->form == FORM_TEXT && member->text != NULL && member->text->str[0] == '{');
}

/* The text between the brackets, without the white space at its ends. */
static pb_str inside(pb_str array)
{
    pb_str s = {array.ptr + 1, array.len - 2};
    while (s.len != 0 && g_ascii_isspace(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len != 0 && g_ascii_isspace(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static void append_elements(Member *member, pb_str array)
{
    if (member->form == FORM_TEXT) {
        pb_str had = inside(pbay_str_of(member->text));
        g_string_truncate(member->text, (gsize)(had.ptr - member->text->str) + had.len);
        g_string_erase(member->text, 0, (gssize)(had.ptr - member->text->str));
        member->form = FORM_ELEMENTS;
    }
    pb_str more = inside(array);
    if (more.len != 0 && member->text->len != 0)
        g_string_append_c(member->text, ',');
    pbay_str_append(member->text, more);
}

static bool fold(Member *member, const pb_json *value);

static bool fold_members(GPtrArray *members, const pb_json *object)
{
    pb_str name;
    for (const pb_json *child = pbay_json_first(object, &name); child != NULL;
         child = pbay_json_next(child, &name)) {
        Member *member = obtain(members, name);
        if (member == NULL || !fold(member, child))
            return false;
    }
    return true;
}

/* Takes an object's text apart. */
static bool open_members(Member *member)
{
    if (member->form == FORM_MEMBERS)
        return true;
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *had = pbay_json_parse(arena, pbay_str_of(member->text), &limits, 0, NULL);
    member->members = g_ptr_array_new_with_free_func(member_free);
    member->form = FORM_MEMBERS;
    bool opened = had != NULL && fold_members(member->members, had);
    g_string_truncate(member->text, 0);
    return opened;
}

/* False: too many members. Recursion is bounded by the reader's depth. */
static bool fold(Member *member, const pb_json *value)
{
    int32_t type = pbay_json_type(value);
    bool array = is_array(member), object = is_object(member);
    if (type == PB_JSON_NULL && (array || object))
        return true;
    if (type == PB_JSON_ARRAY && array) {
        append_elements(member, pbay_json_text(value));
        return true;
    }
    if (type == PB_JSON_OBJECT && object)
        return open_members(member) && fold_members(member->members, value);
    set_text(member, pbay_json_text(value));
    return true;
}

void pbay_extras_clear(PbayExtras *extras)
{
    g_clear_pointer(&extras->members, g_ptr_array_unref);
}

bool pbay_extras_empty(const PbayExtras *extras)
{
    return extras->members == NULL || extras->members->len == 0;
}

bool pbay_extras_has(const PbayExtras *extras, const char *name)
{
    return find(extras->members, pbay_str(name)) != NULL;
}

bool pbay_extras_merge(PbayExtras *extras, pb_str name, pb_str json, GError **error)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) fault = NULL;
    const pb_json *value = pbay_json_parse(arena, json, &limits, 0, &fault);
    if (value == NULL) {
        g_set_error(error, PBAY_ERROR, PB_ERR_PROTOCOL, "member \"%.*s\" is not JSON: %s",
                    (int)MIN(name.len, 64), name.ptr, fault->message);
        return false;
    }
    if (extras->members == NULL)
        extras->members = g_ptr_array_new_with_free_func(member_free);
    Member *member = obtain(extras->members, name);
    if (member != NULL && fold(member, value))
        return true;
    g_set_error(error, PBAY_ERROR, PB_ERR_PROTOCOL,
                "more than %u members were added to one object of the answer",
                PBAY_EXTRA_MEMBERS_MAX);
    return false;
}

static void write_members(const GPtrArray *members, PbayJsonWriter *w, const char *const *except);

static void write_member(const Member *member, PbayJsonWriter *w)
{
    if (member->form == FORM_MEMBERS) {
        pbay_json_open(w, true);
        write_members(member->members, w, NULL);
        pbay_json_close(w);
        return;
    }
    if (member->form == FORM_TEXT) {
        pbay_json_write_raw(w, pbay_str_of(member->text));
        return;
    }
    pbay_json_open(w, false);
    if (member->text->len != 0)
        pbay_json_write_raw(w, pbay_str_of(member->text));
    pbay_json_close(w);
}

static void write_members(const GPtrArray *members, PbayJsonWriter *w, const char *const *except)
{
    for (guint i = 0; members != NULL && i < members->len; i++) {
        const Member *member = members->pdata[i];
        if (except != NULL && g_strv_contains(except, member->name))
            continue;
        pbay_json_key(w, member_name(member));
        write_member(member, w);
    }
}

void pbay_extras_write(const PbayExtras *extras, PbayJsonWriter *w, const char *const *except)
{
    write_members(extras->members, w, except);
}

bool pbay_extras_write_value(const PbayExtras *extras, PbayJsonWriter *w, const char *name)
{
    const Member *member = find(extras->members, pbay_str(name));
    if (member == NULL)
        return false;
    write_member(member, w);
    return true;
}

void pbay_extras_write_inside(PbayExtras *extras, PbayJsonWriter *w, const char *name,
                              const char *const *except)
{
    Member *member = find(extras->members, pbay_str(name));
    if (member != NULL && is_object(member) && open_members(member))
        write_members(member->members, w, except);
}
