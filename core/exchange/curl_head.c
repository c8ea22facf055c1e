/* SPDX-License-Identifier: Apache-2.0 */
/* Header lines, as libcurl hands them over one by one, into a head with lower-case names and
 * bounds. Pure; the caller's thread. It knows nothing of transfers. */
#include "exchange/curl_internal.h"

#include "base/str.h"

#include <string.h>

typedef struct Field {
    size_t name, name_len, value, value_len; /* in text */
} Field;

void pbay_head_init(PbayHead *head)
{
    *head = (PbayHead){.text = g_string_sized_new(512),
                       .fields = g_array_new(FALSE, FALSE, sizeof(Field)),
                       .headers = g_array_new(FALSE, FALSE, sizeof(PbayHttpHeader))};
}

void pbay_head_clear(PbayHead *head)
{
    if (head->text == NULL)
        return;
    g_string_free(head->text, TRUE);
    g_array_free(head->fields, TRUE);
    g_array_free(head->headers, TRUE);
    *head = (PbayHead){0};
}

static void restart(PbayHead *head)
{
    g_string_truncate(head->text, 0);
    g_array_set_size(head->fields, 0);
    head->status = 0;
}

static pb_str trim(pb_str s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.ptr[s.len - 1]) != NULL)
        s.len--;
    while (s.len > 0 && (*s.ptr == ' ' || *s.ptr == '\t')) {
        s.ptr++;
        s.len--;
    }
    return s;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200". */
static bool read_status(PbayHead *head, pb_str line)
{
    const char *space = memchr(line.ptr, ' ', line.len);
    size_t at = space != NULL ? (size_t)(space - line.ptr) + 1 : line.len;
    int status = 0;
    for (size_t i = at; i < line.len && i < at + 3 && g_ascii_isdigit(line.ptr[i]); i++)
        status = status * 10 + (line.ptr[i] - '0');
    restart(head);
    head->status = status;
    return status >= 100 && status <= 999;
}

/* An old-style continuation line belongs to the value before it (RFC 9112, 5.2). */
static bool fold(PbayHead *head, pb_str line)
{
    if (head->fields->len == 0)
        return false;
    Field *last = &g_array_index(head->fields, Field, head->fields->len - 1);
    g_string_append_c(head->text, ' ');
    pb_str more = trim(line);
    pbay_str_append(head->text, more);
    last->value_len += more.len + 1;
    return true;
}

static bool read_field(PbayHead *head, pb_str line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    if (colon == NULL || colon == line.ptr)
        return false;
    pb_str name = trim((pb_str){line.ptr, (size_t)(colon - line.ptr)});
    pb_str value = trim((pb_str){colon + 1, line.len - (size_t)(colon - line.ptr) - 1});
    Field field = {.name = head->text->len, .name_len = name.len, .value_len = value.len};
    for (size_t i = 0; i < name.len; i++)
        g_string_append_c(head->text, g_ascii_tolower(name.ptr[i]));
    field.value = head->text->len;
    pbay_str_append(head->text, value);
    g_array_append_val(head->fields, field);
    return true;
}

PbayHeadLine pbay_head_line(PbayHead *head, pb_str line)
{
    head->bytes += line.len;
    if (head->bytes > PBAY_HEAD_MAX || line.len > PBAY_HEAD_LINE_MAX ||
        head->fields->len >= PBAY_HEAD_LINES_MAX)
        return PBAY_HEAD_TOO_LARGE;
    if (pbay_str_has_prefix(line, PBAY_STR("HTTP/")))
        return read_status(head, line) ? PBAY_HEAD_MORE : PBAY_HEAD_BAD;
    if (trim(line).len == 0) {
        if (head->status == 0)
            return PBAY_HEAD_BAD;
        return head->status < 200 ? PBAY_HEAD_INTERIM : PBAY_HEAD_DONE;
    }
    bool good =
        line.ptr[0] == ' ' || line.ptr[0] == '\t' ? fold(head, line) : read_field(head, line);
    return good ? PBAY_HEAD_MORE : PBAY_HEAD_BAD;
}

const PbayHttpHeader *pbay_head_headers(PbayHead *head, size_t *n)
{
    g_array_set_size(head->headers, 0);
    for (guint i = 0; i < head->fields->len; i++) {
        const Field *field = &g_array_index(head->fields, Field, i);
        PbayHttpHeader header = {
            .name = {head->text->str + field->name, field->name_len},
            .value = {head->text->str + field->value, field->value_len},
        };
        g_array_append_val(head->headers, header);
    }
    *n = head->headers->len;
    return (const PbayHttpHeader *)(void *)head->headers->data;
}

pb_str pbay_head_find(PbayHead *head, const char *lower_name)
{
    size_t n;
    const PbayHttpHeader *headers = pbay_head_headers(head, &n);
    for (size_t i = 0; i < n; i++)
        if (pbay_str_is(headers[i].name, lower_name))
            return headers[i].value;
    return (pb_str){NULL, 0};
}
