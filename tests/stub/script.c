/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts of the stub vendor: a list of steps that a connection plays. Made on any thread, played
 * by the server. */
#include "stub/script.h"

#include <string.h>

static void step_clear(gpointer data)
{
    StubStep *step = data;

    if (step->bytes != NULL)
        g_byte_array_unref(step->bytes);
}

static void add_step(StubScript *script, StubStepKind kind, int ms)
{
    StubStep step = {.kind = kind, .ms = ms};

    g_array_append_val(script->steps, step);
}

StubScript *stub_script_new(int status, const char *content_type)
{
    StubScript *script = g_new0(StubScript, 1);

    script->status = status;
    script->chunked = true;
    script->headers = g_string_new(NULL);
    script->steps = g_array_new(FALSE, TRUE, sizeof(StubStep));
    g_array_set_clear_func(script->steps, step_clear);
    if (content_type != NULL)
        stub_script_header(script, "Content-Type", content_type);
    return script;
}

void stub_script_free(StubScript *script)
{
    if (script == NULL)
        return;
    g_string_free(script->headers, TRUE);
    g_array_unref(script->steps);
    g_free(script);
}

void stub_script_header(StubScript *script, const char *name, const char *value)
{
    g_string_append_printf(script->headers, "%s: %s\r\n", name, value);
}

void stub_script_bytes(StubScript *script, const void *bytes, size_t len)
{
    StubStep step = {.kind = STUB_SEND, .bytes = g_byte_array_sized_new((guint)len)};

    g_byte_array_append(step.bytes, bytes, (guint)len);
    g_array_append_val(script->steps, step);
    script->body_len += len;
}

void stub_script_text(StubScript *script, const char *text)
{
    stub_script_bytes(script, text, strlen(text));
}

void stub_script_wait(StubScript *script, int ms)
{
    add_step(script, STUB_WAIT, ms);
}

void stub_script_stall(StubScript *script)
{
    add_step(script, STUB_STALL, 0);
}

void stub_script_cut(StubScript *script)
{
    add_step(script, STUB_CUT, 0);
}

void stub_script_reset(StubScript *script)
{
    add_step(script, STUB_RESET, 0);
}

void stub_script_plain(StubScript *script)
{
    script->chunked = false;
}

void stub_script_until_close(StubScript *script)
{
    script->chunked = false;
    script->until_close = true;
}

void stub_script_raw(StubScript *script, const void *bytes, size_t len)
{
    script->raw = true;
    script->chunked = false;
    script->until_close = true;
    stub_script_bytes(script, bytes, len);
}

StubScript *stub_json(int status, const char *json)
{
    StubScript *script = stub_script_new(status, "application/json");

    stub_script_plain(script);
    stub_script_text(script, json);
    return script;
}

void stub_script_write_head(const StubScript *script, GByteArray *out)
{
    g_autoptr(GString) head = g_string_new(NULL);

    if (script->raw)
        return;
    g_string_append_printf(head, "HTTP/1.1 %d Stub\r\n%s", script->status, script->headers->str);
    if (script->chunked)
        g_string_append(head, "Transfer-Encoding: chunked\r\n");
    else if (script->until_close)
        g_string_append(head, "Connection: close\r\n");
    else
        g_string_append_printf(head, "Content-Length: %zu\r\n", script->body_len);
    g_string_append(head, "\r\n");
    g_byte_array_append(out, (const guint8 *)head->str, (guint)head->len);
}

void stub_script_write_piece(const StubScript *script, const StubStep *step, GByteArray *out)
{
    if (step->bytes->len == 0)
        return;
    if (script->chunked) {
        g_autofree char *size = g_strdup_printf("%x\r\n", step->bytes->len);

        g_byte_array_append(out, (const guint8 *)size, (guint)strlen(size));
    }
    g_byte_array_append(out, step->bytes->data, step->bytes->len);
    if (script->chunked)
        g_byte_array_append(out, (const guint8 *)"\r\n", 2);
}

void stub_script_write_end(const StubScript *script, GByteArray *out)
{
    if (script->chunked)
        g_byte_array_append(out, (const guint8 *)"0\r\n\r\n", 5);
}
