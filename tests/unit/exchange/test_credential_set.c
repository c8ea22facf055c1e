/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a credential: put, replaced, bounded, secret or public, and when the first of them
 * expires. */
#include "exchange/credential_set.h"

#include "base/secret.h"
#include "base/str.h"

static bool put(PbayCredentialSet *set, const char *part, const char *value, bool public,
                int64_t expires)
{
    return pbay_credential_set_put(set, pbay_str(part), pbay_str(value), public, expires);
}

static void expect(const PbayCredentialSet *set, const char *part, bool public_only,
                   const char *value)
{
    pb_str got = pbay_credential_set_get(set, pbay_str(part), public_only);
    g_assert_true(pbay_str_is(got, value));
}

static void test_parts(void)
{
    g_autoptr(PbayCredentialSet) set = pbay_credential_set_new();
    g_assert_cmpuint(pbay_credential_set_size(set), ==, 0);
    g_assert_true(put(set, "token", "tok-123456", false, 0));
    g_assert_true(put(set, "region", "eu-central-1", true, 0));
    expect(set, "token", false, "tok-123456");
    expect(set, "token", true, "");
    expect(set, "region", true, "eu-central-1");
    expect(set, "missing", false, "");
    g_assert_true(put(set, "token", "tok-new", false, 0));
    expect(set, "token", false, "tok-new");
    g_assert_cmpuint(pbay_credential_set_size(set), ==, 2);
}

static void test_redaction(void)
{
    g_autoptr(PbayCredentialSet) set = pbay_credential_set_new();
    put(set, "token", "canary-value-1", false, 0);
    put(set, "region", "public-value-1", true, 0);
    g_autoptr(GString) text = g_string_new("canary-value-1 public-value-1");
    g_assert_true(pbay_redact(text));
    g_assert_cmpstr(text->str, ==, "*** public-value-1");
}

static void test_expires(void)
{
    g_autoptr(PbayCredentialSet) set = pbay_credential_set_new();
    g_assert_cmpint(pbay_credential_set_expires(set), ==, 0);
    put(set, "a", "1", false, 0);
    g_assert_cmpint(pbay_credential_set_expires(set), ==, 0);
    put(set, "b", "2", false, 500);
    put(set, "c", "3", true, 300);
    put(set, "d", "4", true, -5);
    g_assert_cmpint(pbay_credential_set_expires(set), ==, 300);
    put(set, "c", "3", true, 0);
    g_assert_cmpint(pbay_credential_set_expires(set), ==, 500);
}

static void test_bounds(void)
{
    g_autoptr(PbayCredentialSet) set = pbay_credential_set_new();
    g_autofree char *large = g_strnfill(PBAY_CREDENTIAL_PART_MAX + 1, 'x');
    g_assert_false(put(set, "large", large, false, 0));
    large[PBAY_CREDENTIAL_PART_MAX] = '\0';
    g_assert_true(put(set, "large", large, true, 0));
    for (unsigned i = 1; i < PBAY_CREDENTIAL_PARTS; i++) {
        g_autofree char *name = g_strdup_printf("part%u", i);
        g_assert_true(put(set, name, "v", true, 0));
    }
    g_assert_false(put(set, "one too many", "v", true, 0));
    g_assert_true(put(set, "part1", "again", true, 0));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/credential-set/parts", test_parts);
    g_test_add_func("/credential-set/redaction", test_redaction);
    g_test_add_func("/credential-set/expires", test_expires);
    g_test_add_func("/credential-set/bounds", test_bounds);
    pbay_credential_set_free(NULL);
    return g_test_run();
}
