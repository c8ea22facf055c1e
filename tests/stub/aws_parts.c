/* SPDX-License-Identifier: Apache-2.0 */
/* The servers' side of Signature Version 4 and of the event stream. The canonical request is made
 * from what came over the wire; hashes are OpenSSL's, the checksum is computed bit by bit. */
#include "stub/aws_parts.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define SKEW_S 300

/* ---- Hashes ---- */

static char *to_hex(const unsigned char *bytes, size_t n)
{
    GString *hex = g_string_new(NULL);

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    return g_string_free(hex, FALSE);
}

static char *sha256_hex(const char *bytes, size_t n)
{
    unsigned char hash[32];
    unsigned int len = sizeof hash;

    g_assert_true(EVP_Digest(bytes, n, hash, &len, EVP_sha256(), NULL) == 1);
    return to_hex(hash, len);
}

static void hmac(unsigned char key[32], const char *text)
{
    unsigned char out[32];
    unsigned int len = sizeof out;

    g_assert_nonnull(
        HMAC(EVP_sha256(), key, 32, (const unsigned char *)text, strlen(text), out, &len));
    memcpy(key, out, sizeof out);
}

static char *signature_of(const AwsKeys *keys, const char *date, const char *region,
                          const char *service, const char *text)
{
    g_autofree char *first = g_strconcat("AWS4", keys->secret, NULL);
    unsigned char key[32];
    unsigned int len = sizeof key;

    g_assert_nonnull(HMAC(EVP_sha256(), first, (int)strlen(first), (const unsigned char *)date,
                          strlen(date), key, &len));
    hmac(key, region);
    hmac(key, service);
    hmac(key, "aws4_request");
    hmac(key, text);
    return to_hex(key, sizeof key);
}

/* ---- The canonical request ---- */

/* The path as it came, each segment encoded once more. */
static char *canonical_path(const char *target)
{
    g_autofree char *path = g_strndup(target, strcspn(target, "?"));

    return g_uri_escape_string(path, "/", FALSE);
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *canonical_query(const char *target)
{
    const char *mark = strchr(target, '?');
    g_auto(GStrv) pairs = g_strsplit(mark != NULL ? mark + 1 : "", "&", -1);

    qsort(pairs, g_strv_length(pairs), sizeof *pairs, by_text);
    return g_strjoinv("&", pairs);
}

static char *one_blank(const char *value)
{
    GString *out = g_string_new(NULL);

    for (; *value != '\0'; value++)
        if (*value != ' ' || (out->len != 0 && out->str[out->len - 1] != ' '))
            g_string_append_c(out, *value);
    return g_strchomp(g_string_free(out, FALSE));
}

static char *canonical_request(const StubRequest *http, const char *names)
{
    g_autofree char *path = canonical_path(http->target), *query = canonical_query(http->target);
    g_autofree char *hash = sha256_hex(http->body->str, http->body->len);
    g_auto(GStrv) list = g_strsplit(names, ";", -1);
    g_autoptr(GString) headers = g_string_new(NULL);

    for (char **name = list; *name != NULL; name++) {
        const char *value = g_hash_table_lookup(http->headers, *name);
        g_autofree char *plain = one_blank(value != NULL ? value : "");

        g_string_append_printf(headers, "%s:%s\n", *name, plain);
    }
    return g_strdup_printf("%s\n%s\n%s\n%s\n%s\n%s", http->method, path, query, headers->str, names,
                           hash);
}

/* ---- Verifying ---- */

/* Everything that belongs to AWS must be under the signature. */
static bool covers(const StubRequest *http, const char *names)
{
    g_auto(GStrv) list = g_strsplit(names, ";", -1);
    GHashTableIter iter;
    gpointer name;

    if (!g_strv_contains((const char *const *)list, "host"))
        return false;
    g_hash_table_iter_init(&iter, http->headers);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        if ((g_str_has_prefix(name, "x-amz-") || strcmp(name, "content-type") == 0) &&
            !g_strv_contains((const char *const *)list, name))
            return false;
    return true;
}

static bool is_now(const char *stamp)
{
    g_autofree char *iso = NULL;
    g_autoptr(GDateTime) then = NULL, now = g_date_time_new_now_utc();
    gint64 difference;

    if (stamp == NULL || strlen(stamp) != 16)
        return false;
    then = g_date_time_new_from_iso8601(stamp, NULL);
    if (then == NULL)
        return false;
    difference = g_date_time_difference(now, then) / G_USEC_PER_SEC;
    return difference < SKEW_S && difference > -SKEW_S;
}

static char *expected_authorization(const StubRequest *http, const AwsKeys *keys, const char *scope,
                                    const char *names, const char *region, const char *service)
{
    const char *stamp = g_hash_table_lookup(http->headers, "x-amz-date");
    g_autofree char *canonical = canonical_request(http, names);
    g_autofree char *hash = sha256_hex(canonical, strlen(canonical));
    g_autofree char *text = g_strdup_printf("AWS4-HMAC-SHA256\n%s\n%s\n%s", stamp, scope, hash);
    g_autofree char *date = g_strndup(stamp, 8);
    g_autofree char *signature = signature_of(keys, date, region, service, text);

    return g_strdup_printf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                           keys->id, scope, names, signature);
}

static char *between(const char *text, const char *from, const char *to)
{
    const char *begin = text != NULL ? strstr(text, from) : NULL;
    const char *end = begin != NULL ? strstr(begin + strlen(from), to) : NULL;

    if (end == NULL)
        return NULL;
    begin += strlen(from);
    return g_strndup(begin, (gsize)(end - begin));
}

void aws_verify(VendorRequest *r, const AwsKeys *keys, const char *region, const char *service)
{
    const char *given = g_hash_table_lookup(r->http->headers, "authorization");
    const char *stamp = g_hash_table_lookup(r->http->headers, "x-amz-date");
    const char *token = g_hash_table_lookup(r->http->headers, "x-amz-security-token");
    g_autofree char *names = between(given, "SignedHeaders=", ","), *scope = NULL, *right = NULL;

    if (given == NULL || names == NULL) {
        vendor_complain(r, 403, "Missing Authentication Token");
        return;
    }
    if (!is_now(stamp)) {
        vendor_complain(r, 403, "Signature expired: %s is now earlier than it may be", stamp);
        return;
    }
    if (g_strcmp0(token, keys->token) != 0 || strstr(given, keys->id) == NULL) {
        vendor_complain(r, 403, "The security token included in the request is invalid.");
        return;
    }
    scope = g_strdup_printf("%.8s/%s/%s/aws4_request", stamp, region, service);
    right = expected_authorization(r->http, keys, scope, names, region, service);
    if (!covers(r->http, names) || strcmp(given, right) != 0)
        vendor_complain(r, 403,
                        "The request signature we calculated does not match the signature you "
                        "provided. Check your AWS Secret Access Key and signing method.");
}

/* ---- Event streams ---- */

static guint32 checksum(const GByteArray *bytes)
{
    guint32 crc = 0xffffffff;

    for (guint i = 0; i < bytes->len; i++) {
        crc ^= bytes->data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void add_number(GByteArray *out, guint32 number)
{
    guint32 big = GUINT32_TO_BE(number);

    g_byte_array_append(out, (const guint8 *)&big, 4);
}

static void add_string_header(GByteArray *out, const char *name, const char *value)
{
    guint8 len = (guint8)strlen(name), type = 7;
    guint16 size = GUINT16_TO_BE((guint16)strlen(value));

    g_byte_array_append(out, &len, 1);
    g_byte_array_append(out, (const guint8 *)name, len);
    g_byte_array_append(out, &type, 1);
    g_byte_array_append(out, (const guint8 *)&size, 2);
    g_byte_array_append(out, (const guint8 *)value, (guint)strlen(value));
}

static void send_message(StubScript *script, const char *kind, const char *type_header,
                         const char *type, const char *json)
{
    g_autoptr(GByteArray) headers = g_byte_array_new(), out = g_byte_array_new();
    guint payload = (guint)strlen(json);

    add_string_header(headers, type_header, type);
    add_string_header(headers, ":content-type", "application/json");
    add_string_header(headers, ":message-type", kind);
    add_number(out, headers->len + payload + 16);
    add_number(out, headers->len);
    add_number(out, checksum(out));
    g_byte_array_append(out, headers->data, headers->len);
    g_byte_array_append(out, (const guint8 *)json, payload);
    add_number(out, checksum(out));
    stub_script_bytes(script, out->data, out->len);
}

void aws_send_event(StubScript *script, const char *type, const char *json)
{
    send_message(script, "event", ":event-type", type, json);
}

void aws_send_exception(StubScript *script, const char *type, const char *json)
{
    send_message(script, "exception", ":exception-type", type, json);
}

/* ---- Paths ---- */

char *aws_decode_segment(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isalnum(text[i]) && strchr("-._~%", text[i]) == NULL)
            return NULL;
    return g_uri_unescape_segment(text, text + len, NULL);
}
