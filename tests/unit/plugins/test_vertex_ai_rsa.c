/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures by a key made here, verified by libcrypto's other half; what is no RSA key, or one
 * with a password, gives none and asks nobody. */
#include "vertex_ai.h"

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

static char *pem_of(EVP_PKEY *key, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    g_assert_cmpint(PEM_write_bio_PKCS8PrivateKey(
                        bio, key, password != NULL ? EVP_aes_128_cbc() : NULL, password,
                        password != NULL ? (int)strlen(password) : 0, NULL, NULL),
                    ==, 1);
    long n = BIO_get_mem_data(bio, &data);
    char *pem = g_strndup(data, (gsize)n);
    BIO_free(bio);
    return pem;
}

static bool is_good(EVP_PKEY *key, pb_str text, const uint8_t *signature, size_t n)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(md, signature, n, (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(md);
    return good;
}

static void test_signs(void)
{
    uint8_t out[VERTEX_RSA_MAX];
    EVP_PKEY *key = EVP_RSA_gen(2048);
    g_autofree char *pem = pem_of(key, NULL);
    pb_str text = PBS_STR("eyJhbGciOiJSUzI1NiJ9.e30");
    size_t n = vertex_rsa_sha256(pbs_str(pem), text, out);
    g_assert_cmpuint(n, ==, 256);
    g_assert_true(is_good(key, text, out, n));
    g_assert_false(is_good(key, PBS_STR("eyJhbGciOiJSUzI1NiJ9.e31"), out, n));
    EVP_PKEY_free(key);
}

static void test_refuses(void)
{
    uint8_t out[VERTEX_RSA_MAX];
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
    g_autofree char *locked = pem_of(rsa, "secret"), *other = pem_of(ec, NULL);
    pb_str text = PBS_STR("x");
    g_assert_cmpuint(vertex_rsa_sha256((pb_str){NULL, 0}, text, out), ==, 0);
    g_assert_cmpuint(vertex_rsa_sha256(PBS_STR("no key"), text, out), ==, 0);
    g_assert_cmpuint(vertex_rsa_sha256(pbs_str(locked), text, out), ==, 0);
    g_assert_cmpuint(vertex_rsa_sha256(pbs_str(other), text, out), ==, 0);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vertex_ai/rsa/signs", test_signs);
    g_test_add_func("/vertex_ai/rsa/refuses", test_refuses);
    return g_test_run();
}
