/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay_error: a PbayFailure or a list of configuration mistakes behind the public accessors.
 * Texts are made when the error is, so that every accessor is a read. Any thread. */
#include "api/internal.h"

patchbay_error *pbay_api_error_new(PbayFailure *failure)
{
    patchbay_error *error = g_new0(patchbay_error, 1);
    GString *json = g_string_new(NULL);

    pbay_failure_write(failure, json);
    error->failure = failure;
    error->json = g_string_free(json, FALSE);
    error->problems = g_strdup("[]");
    return error;
}

/* A message holds so many bytes of mistakes; the list has them all. */
#define MISTAKES_MAX 3600u

/* Whole mistakes alone, which are lines without a blank before them and their hints, and how many
 * more there are. */
static void cut_mistakes(GString *text)
{
    size_t keep = 0;
    unsigned more = 0;

    for (size_t at = 0; at < text->len; at += strcspn(text->str + at, "\n") + 1) {
        if (text->str[at] == ' ')
            continue;
        if (at <= MISTAKES_MAX && more == 0)
            keep = at;
        else
            more++;
    }
    if (text->len <= MISTAKES_MAX)
        return;
    g_string_truncate(text, keep);
    g_string_append_printf(text, "and %u more: 'patchbay config check' lists them all", more + 1);
}

patchbay_error *pbay_api_error_from_problems(const PbayProblems *problems)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GString *json = g_string_new(NULL);
    patchbay_error *error;

    pbay_problems_write_text(problems, text);
    cut_mistakes(text);
    g_strchomp(text->str);
    error = pbay_api_error_new(pbay_failure_new(PB_ERR_CONFIG, "%s", text->str));
    pbay_problems_write_json(problems, json);
    g_free(error->problems);
    error->problems = g_string_free(json, FALSE);
    return error;
}

patchbay_error *pbay_api_error_copy(const patchbay_error *error)
{
    patchbay_error *copy = g_new0(patchbay_error, 1);

    copy->failure = pbay_failure_ref(error->failure);
    copy->json = g_strdup(error->json);
    copy->problems = g_strdup(error->problems);
    return copy;
}

void pbay_api_error_set(patchbay_error **error, patchbay_error *value)
{
    if (error != NULL)
        *error = value;
    else
        patchbay_error_free(value);
}

void pbay_api_error_take(patchbay_error **error, GError *gerror)
{
    pbay_api_error_set(error, pbay_api_error_new(pbay_failure_from_gerror(gerror)));
    g_error_free(gerror);
}

void patchbay_error_free(patchbay_error *error)
{
    if (error == NULL)
        return;
    pbay_failure_unref(error->failure);
    g_free(error->json);
    g_free(error->problems);
    g_free(error);
}

int patchbay_error_class(const patchbay_error *error)
{
    return error->failure->cls;
}

const char *patchbay_error_class_name(const patchbay_error *error)
{
    return pbay_error_class(error->failure->cls)->name;
}

const char *patchbay_error_message(const patchbay_error *error)
{
    return error->failure->message;
}

int patchbay_error_status(const patchbay_error *error)
{
    return error->failure->http_status;
}

int patchbay_error_retryable(const patchbay_error *error)
{
    return error->failure->retryable ? 1 : 0;
}

int64_t patchbay_error_retry_after_ms(const patchbay_error *error)
{
    return error->failure->retry_after_ms;
}

const char *patchbay_error_code(const patchbay_error *error)
{
    const PbayFailure *failure = error->failure;

    return failure->code != NULL ? failure->code : pbay_error_class(failure->cls)->code;
}

const char *patchbay_error_param(const patchbay_error *error)
{
    const PbayFailure *failure = error->failure;

    return failure->param != NULL ? failure->param : pbay_error_class(failure->cls)->param;
}

const char *patchbay_error_request_id(const patchbay_error *error)
{
    return error->failure->request_id;
}

const char *patchbay_error_raw(const patchbay_error *error, size_t *len)
{
    const PbayFailure *failure = error->failure;

    if (len != NULL)
        *len = failure->raw != NULL ? failure->raw_len : 0;
    return failure->raw != NULL ? failure->raw : "";
}

const char *patchbay_error_json(const patchbay_error *error)
{
    return error->json;
}

const char *patchbay_error_problems(const patchbay_error *error)
{
    return error->problems;
}

int patchbay_error_exit_code(const patchbay_error *error)
{
    return pbay_error_class(error->failure->cls)->exit_code;
}
