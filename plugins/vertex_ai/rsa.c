/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the one use of libcrypto: an RSA signature over SHA-256. It runs in the ops of a mint; the
 * key is libcrypto's for the length of one call and wiped by it. A key with a password is refused,
 * nothing is ever asked of a terminal. */
#include "vertex_ai.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

static int no_password(char *buf, int size, int writing, void *user)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

static EVP_PKEY *read_key(pb_str pem)
{
    EVP_PKEY *key = NULL;
    BIO *bio = pem.len > 0 && pem.len <= INT_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    if (bio != NULL)
        key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    if (key != NULL && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

size_t vertex_rsa_sha256(pb_str pem, pb_str text, uint8_t out[VERTEX_RSA_MAX])
{
    EVP_PKEY *key = read_key(pem);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    size_t n = VERTEX_RSA_MAX;
    bool signed_well = key != NULL && md != NULL &&
                       EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
                       EVP_DigestSign(md, out, &n, (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return signed_well ? n : 0;
}
