/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement of a replay: requests as they left, events, notes, outcome and the folded answer
 * against the recording. Pure; any thread. */
#include "check/judge.h"

#include "answer/tree.h"
#include "base/str.h"
#include "check/compare.h"
#include "check/replay.h"

#include <string.h>

static const char *string_of(json_object *object, const char *name)
{
    json_object *member = json_object_object_get(object, name);

    return json_object_is_type(member, json_type_string) ? json_object_get_string(member) : NULL;
}

static char *judge_line(json_object *expected, const char *name, const char *got)
{
    const char *want = string_of(expected, name);

    if (want == NULL || strcmp(want, got) == 0)
        return NULL;
    return g_strdup_printf("request %s: expected %s, got %s", name, want, got);
}

static char *judge_headers(json_object *expected, const PbayMemoryRequest *request)
{
    json_object *headers = json_object_object_get(expected, "headers");

    if (headers == NULL)
        return NULL;
    json_object_object_foreach(headers, name, value)
    {
        g_autofree char *lower = g_ascii_strdown(name, -1);
        const char *got = pbay_memory_request_header(request, lower);
        const char *want = json_object_get_string(value);

        if (g_strcmp0(got, want) != 0)
            return g_strdup_printf("request header %s: expected %s, got %s", name,
                                   want != NULL ? want : "none", got != NULL ? got : "none");
    }
    return NULL;
}

static char *judge_text(json_object *expected, const GString *got)
{
    const pb_str want = {json_object_get_string(expected),
                         (size_t)json_object_get_string_len(expected)};

    if (pbay_str_eq(want, pbay_str_of(got)))
        return NULL;
    return g_strdup_printf("request body: expected %.300s, got %.300s", want.ptr, got->str);
}

static char *judge_body(json_object *expected, const PbayMemoryRequest *request)
{
    json_object *body = NULL, *text = NULL, *got = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *where = NULL;

    if (json_object_object_get_ex(expected, "body_text", &text))
        return judge_text(text, request->body);
    if (!json_object_object_get_ex(expected, "body", &body))
        return request->body->len == 0
                   ? NULL
                   : g_strdup_printf("request body: expected none, got %.300s", request->body->str);
    if (!pbay_tree_parse(pbay_str_of(request->body), &got, &error))
        return g_strdup_printf("request body is no good JSON (%s): %.300s", error->message,
                               request->body->str);
    pbay_compare_equal(body, got, &where);
    json_object_put(got);
    return where != NULL ? g_strdup_printf("request body: %s", where) : NULL;
}

char *pbay_judge_request(json_object *expected, const PbayMemoryRequest *request)
{
    char *wrong = judge_line(expected, "method", request->method);

    if (wrong == NULL)
        wrong = judge_line(expected, "url", request->url);
    if (wrong == NULL)
        wrong = judge_headers(expected, request);
    return wrong != NULL ? wrong : judge_body(expected, request);
}

static void judge_tree(const char *what, json_object *expected, json_object *got, bool subset,
                       GString *out)
{
    g_autofree char *where = NULL;

    if (expected == NULL)
        return;
    if (subset)
        pbay_compare_contains(expected, got, &where);
    else
        pbay_compare_equal(expected, got, &where);
    if (where != NULL)
        g_string_append_printf(out, "%s: %s\n", what, where);
}

/* The failure's facts under the names that a recording uses. */
static json_object *failure_tree(const PbayFailure *failure)
{
    const PbayErrorClass *cls = pbay_error_class(failure->cls);
    const char *code = failure->code != NULL ? failure->code : cls->code;
    const char *param = failure->param != NULL ? failure->param : cls->param;
    json_object *tree = json_object_new_object();

    json_object_object_add(tree, "class", json_object_new_string(cls->name));
    json_object_object_add(tree, "http_status", json_object_new_int(failure->http_status));
    json_object_object_add(tree, "retry", json_object_new_int(failure->retryable ? 1 : 0));
    json_object_object_add(tree, "retry_after_ms", json_object_new_int64(failure->retry_after_ms));
    json_object_object_add(tree, "code", code != NULL ? json_object_new_string(code) : NULL);
    json_object_object_add(tree, "param", param != NULL ? json_object_new_string(param) : NULL);
    json_object_object_add(tree, "request_id",
                           failure->request_id != NULL ? json_object_new_string(failure->request_id)
                                                       : NULL);
    json_object_object_add(tree, "message", json_object_new_string(failure->message));
    return tree;
}

static void judge_failure(json_object *outcome, const PbayFailure *failure, GString *out)
{
    json_object *got = failure_tree(failure), *expected = NULL, *part = NULL;

    json_object_deep_copy(outcome, &expected, NULL);
    if (json_object_object_get_ex(expected, "message_contains", &part)) {
        if (strstr(failure->message, json_object_get_string(part)) == NULL)
            g_string_append_printf(out, "outcome: the message lacks \"%s\": %s\n",
                                   json_object_get_string(part), failure->message);
        json_object_object_del(expected, "message_contains");
    }
    judge_tree("outcome", expected, got, true, out);
    json_object_put(expected);
    json_object_put(got);
}

static void judge_outcome(const PbayRecording *recording, const PbayReplayResult *result,
                          GString *out)
{
    bool expect_failure = json_object_is_type(recording->outcome, json_type_object);

    if (result->ends != 1)
        g_string_append_printf(out, "the exchange ended %u times\n", result->ends);
    if (!expect_failure && result->failure != NULL)
        g_string_append_printf(out, "outcome: expected done, got %s: %s\n",
                               pbay_error_class(result->failure->cls)->name,
                               result->failure->message);
    else if (expect_failure && result->failure == NULL)
        g_string_append_printf(out, "outcome: expected %s, got done\n",
                               json_object_to_json_string(recording->outcome));
    else if (expect_failure)
        judge_failure(recording->outcome, result->failure, out);
}

bool pbay_replay_judge(const PbayRecording *recording, const PbayReplayResult *result, GString *out)
{
    size_t before = out->len;

    for (guint i = 0; i < result->mistakes->len; i++)
        g_string_append_printf(out, "%s\n", (char *)g_ptr_array_index(result->mistakes, i));
    judge_outcome(recording, result, out);
    judge_tree("events", recording->events, result->events, false, out);
    judge_tree("notes", recording->notes, result->notes, true, out);
    judge_tree("answer", recording->answer, result->answer, false, out);
    return out->len == before;
}
