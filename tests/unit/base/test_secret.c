/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: value and length, references, the page flags the kernel reports, that the known set
 * follows a secret's life, base64 in every place of a group, and which headers are secret. */
#include "base/secret.h"

#include "base/known.h"
#include "base/str.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

static void test_value(void)
{
    static const pb_str values[] = {{NULL, 0}, {"a", 1}, {"a\0b", 3}, {"sk-0123456789", 13}};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autoptr(PbaySecret) secret = pbay_secret_new(values[i]);
        g_assert_true(pbay_str_eq(pbay_secret_peek(secret), values[i]));
        g_assert_true(pbay_secret_peek(secret).ptr != values[i].ptr);
        g_assert_cmpint(pbay_secret_peek(secret).ptr[values[i].len], ==, '\0');
        g_assert_cmpint(pbay_known_none(), ==, values[i].len < 6);
    }
    g_assert_true(pbay_known_none());
    g_autofree char *large = g_strnfill(100000, 'k'); /* over many pages */
    g_autoptr(PbaySecret) secret = pbay_secret_new(pbay_str(large));
    g_assert_true(pbay_str_is(pbay_secret_peek(secret), large));
    pbay_secret_unref(NULL);
}

static void test_refs(void)
{
    PbaySecret *secret = pbay_secret_new(PBAY_STR("long-enough"));
    g_assert_true(pbay_secret_ref(secret) == secret);
    pbay_secret_unref(secret);
    g_assert_true(pbay_str_is(pbay_secret_peek(secret), "long-enough"));
    g_assert_false(pbay_known_none());
    pbay_secret_unref(secret);
    g_assert_true(pbay_known_none());
}

/* The VmFlags line of the mapping that holds p, or NULL where the kernel does not tell. */
static char *flags_of(const void *p)
{
    g_autofree char *smaps = NULL;
    if (!g_file_get_contents("/proc/self/smaps", &smaps, NULL, NULL))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(smaps, "\n", -1);
    bool inside = false;
    for (char **line = lines; *line != NULL; line++) {
        uintmax_t from, to;
        if (sscanf(*line, "%jx-%jx ", &from, &to) == 2)
            inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        else if (inside && g_str_has_prefix(*line, "VmFlags:"))
            return g_strconcat(*line, " ", NULL);
    }
    return NULL;
}

static void test_not_dumped(void)
{
    g_autoptr(PbaySecret) secret = pbay_secret_new(PBAY_STR("not in a core file"));
    g_autofree char *flags = flags_of(pbay_secret_peek(secret).ptr);
    if (flags == NULL) {
        g_test_skip("this kernel shows no page flags");
        return;
    }
    g_assert_nonnull(strstr(flags, " dd "));
}

static void test_wipe(void)
{
    char memory[64];
    memset(memory, 's', sizeof memory);
    pbay_wipe(memory, 32);
    for (size_t i = 0; i < sizeof memory; i++)
        g_assert_cmpint(memory[i], ==, i < 32 ? 0 : 's');
    pbay_wipe(NULL, 0);
}

static void redacts_to(const char *text, const char *want)
{
    GString *s = g_string_new(text);
    pbay_redact(s);
    g_assert_cmpstr(s->str, ==, want);
    g_string_free(s, TRUE);
}

/* Values of every length modulo three, alone: the encoding goes whole, padded or not, in both
 * alphabets. */
static void test_base64_alone(void)
{
    for (size_t n = 6; n < 40; n++) {
        char value[40];
        for (size_t i = 0; i < n; i++)
            value[i] = (char)(255 - i * 7); /* bytes that need + / - _ */
        g_autoptr(PbaySecret) secret = pbay_secret_new((pb_str){value, n});
        g_autofree char *encoded = g_base64_encode((const guchar *)value, n);
        g_autofree char *text = g_strconcat("<", encoded, ">", NULL);
        redacts_to(text, "<***>");
        g_strdelimit(text, "+", '-');
        g_strdelimit(text, "/", '_');
        redacts_to(text, "<***>");
        char *padding = strchr(text, '=');
        if (padding != NULL)
            memcpy(padding, ">", 2);
        redacts_to(text, "<***>");
    }
}

/* Inside a longer text, as in `Authorization: Basic`: what is left decodes to no byte of the
 * value. */
static void test_base64_inside(void)
{
    static const char value[] = "tz6-secret-QW";
    g_autoptr(PbaySecret) secret = pbay_secret_new(PBAY_STR(value));
    for (size_t before = 0; before < 9; before++) {
        for (size_t after = 0; after < 4; after++) {
            g_autofree char *plain =
                g_strdup_printf("%.*s%s%.*s", (int)before, "user:user", value, (int)after, ":end");
            g_autofree char *encoded = g_base64_encode((const guchar *)plain, strlen(plain));
            GString *s = g_string_new(encoded);
            g_assert_true(pbay_redact(s));
            char *blot = strstr(s->str, "***");
            g_assert_nonnull(blot);
            g_assert_cmpuint((size_t)(blot - s->str), <=, (before * 8 + 5) / 6);
            g_assert_cmpuint(strlen(blot + 3), <=, 4 + (after * 8 + 5) / 6);
            g_string_free(s, TRUE);
        }
    }
}

/* Of "Bearer KEY" the key alone is known too; a passphrase of words is one value. */
static void test_credential_behind_scheme(void)
{
    g_autoptr(PbaySecret) header = pbay_secret_new(PBAY_STR("Bearer sk-behind-a-scheme"));
    g_autoptr(PbaySecret) words = pbay_secret_new(PBAY_STR("correct horse battery"));
    g_autoptr(GString) text =
        g_string_new("wrong key sk-behind-a-scheme; a horse battery; Bearer sk-behind-a-scheme");
    g_assert_true(pbay_redact(text));
    g_assert_cmpstr(text->str, ==, "wrong key ***; a horse battery; ***");
}

static void test_headers(void)
{
    static const char *const secret[] = {"authorization",
                                         "Authorization",
                                         "PROXY-AUTHORIZATION",
                                         "x-api-key",
                                         "api-key",
                                         "X-Goog-Api-Key",
                                         "cookie",
                                         "Set-Cookie",
                                         "x-amz-security-token",
                                         "x-auth-token",
                                         "ocp-apim-subscription-key",
                                         "client-secret"};
    static const char *const open[] = {"content-type",
                                       "x-request-id",
                                       "anthropic-version",
                                       "",
                                       "x-ratelimit-remaining-tokens",
                                       "idempotency-key",
                                       "accept",
                                       "authorizations",
                                       "x-amz-date"};
    for (size_t i = 0; i < G_N_ELEMENTS(secret); i++)
        g_assert_true(pbay_header_is_secret(pbay_str(secret[i])));
    for (size_t i = 0; i < G_N_ELEMENTS(open); i++)
        g_assert_false(pbay_header_is_secret(pbay_str(open[i])));
    g_assert_false(pbay_header_is_secret((pb_str){NULL, 0}));
    g_assert_false(pbay_header_is_secret((pb_str){"cookies", 5}));
    g_assert_true(pbay_header_is_secret((pb_str){"cookies", 6}));
}

static void *churn(void *data)
{
    PbaySecret *shared = data;
    for (int i = 0; i < 500; i++) {
        g_autofree char *value = g_strdup_printf("value-%p-%d", (void *)&value, i);
        g_autoptr(PbaySecret) own = pbay_secret_new(pbay_str(value));
        pbay_secret_unref(pbay_secret_ref(shared));
        redacts_to("a shared-value b", "a *** b");
        redacts_to(value, "***");
    }
    return NULL;
}

static void test_threads(void)
{
    g_autoptr(PbaySecret) shared = pbay_secret_new(PBAY_STR("shared-value"));
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        g_assert_cmpint(pthread_create(&threads[i], NULL, churn, shared), ==, 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/secret/value", test_value);
    g_test_add_func("/base/secret/refs", test_refs);
    g_test_add_func("/base/secret/not-dumped", test_not_dumped);
    g_test_add_func("/base/secret/wipe", test_wipe);
    g_test_add_func("/base/secret/base64-alone", test_base64_alone);
    g_test_add_func("/base/secret/base64-inside", test_base64_inside);
    g_test_add_func("/base/secret/behind-scheme", test_credential_behind_scheme);
    g_test_add_func("/base/secret/headers", test_headers);
    g_test_add_func("/base/secret/threads", test_threads);
    return g_test_run();
}
