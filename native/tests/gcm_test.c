/* AES-128-GCM: what it seals OpenSSL opens, for all lengths a packet may have; a changed bit anywhere is refused. */
#include "check.h"
#include "mcu_gcm.h"

#include <openssl/evp.h>
#include <string.h>

enum { LONGEST = 1500, HEADER = 28 };

static uint8_t key[MCU_GCM_KEY], nonce[MCU_GCM_NONCE], header[HEADER], plain[LONGEST], body[LONGEST], tag[MCU_GCM_TAG];

static void fill(void) {
    for (int i = 0; i < LONGEST; i++)
        plain[i] = (uint8_t)(i * 7);
    for (int i = 0; i < MCU_GCM_KEY; i++)
        key[i] = (uint8_t)(i * 31);
    for (int i = 0; i < MCU_GCM_NONCE; i++)
        nonce[i] = (uint8_t)(200 - i);
    for (int i = 0; i < HEADER; i++)
        header[i] = (uint8_t)(i + 90);
}

static void openssl_agrees(int32_t size, int32_t associated) {
    uint8_t expected[LONGEST + 16], expected_tag[MCU_GCM_TAG];
    int written;
    EVP_CIPHER_CTX *reference = EVP_CIPHER_CTX_new();
    CHECK(EVP_EncryptInit_ex(reference, EVP_aes_128_gcm(), NULL, key, nonce) == 1);
    CHECK(EVP_EncryptUpdate(reference, NULL, &written, header, associated) == 1);
    CHECK(EVP_EncryptUpdate(reference, expected, &written, plain, size) == 1);
    CHECK(EVP_EncryptFinal_ex(reference, expected + size, &written) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(reference, EVP_CTRL_AEAD_GET_TAG, MCU_GCM_TAG, expected_tag) == 1);
    EVP_CIPHER_CTX_free(reference);
    CHECK(memcmp(expected, body, (size_t)size) == 0 && memcmp(expected_tag, tag, MCU_GCM_TAG) == 0);
}

static void lengths(mcu_gcm *gcm) {
    for (int32_t size = 0; size <= LONGEST; size += size < 300 ? 1 : 61) {
        int32_t associated = 12 + size % 5 * 4;
        memcpy(body, plain, (size_t)size);
        CHECK(mcu_gcm_seal(gcm, nonce, header, associated, body, size, tag) == 0);
        openssl_agrees(size, associated);
        CHECK(mcu_gcm_open(gcm, nonce, header, associated, body, size, tag) == 0);
        CHECK(memcmp(body, plain, (size_t)size) == 0);
    }
}

static void every_bit_counts(mcu_gcm *gcm) {
    enum { SIZE = 100 };
    static const uint8_t zero[SIZE];
    uint8_t sealed[SIZE];
    memcpy(sealed, plain, SIZE);
    CHECK(mcu_gcm_seal(gcm, nonce, header, HEADER, sealed, SIZE, tag) == 0);
    for (int bit = 0; bit < (SIZE + HEADER + MCU_GCM_TAG + MCU_GCM_NONCE) * 8; bit++) {
        uint8_t n[MCU_GCM_NONCE], h[HEADER], t[MCU_GCM_TAG];
        memcpy(n, nonce, sizeof n), memcpy(h, header, sizeof h), memcpy(t, tag, sizeof t), memcpy(body, sealed, SIZE);
        int at = bit / 8;
        uint8_t *byte = at < SIZE                          ? body + at
                        : at < SIZE + HEADER               ? h + at - SIZE
                        : at < SIZE + HEADER + MCU_GCM_TAG ? t + at - SIZE - HEADER
                                                           : n + at - SIZE - HEADER - MCU_GCM_TAG;
        *byte ^= (uint8_t)(1 << bit % 8);
        CHECK(mcu_gcm_open(gcm, n, h, HEADER, body, SIZE, t) == -1);
        CHECK(memcmp(body, zero, SIZE) == 0);
    }
}

int main(void) {
    fill();
    mcu_gcm *gcm = mcu_gcm_create(key);
    CHECK(gcm);
    lengths(gcm);
    every_bit_counts(gcm);
    mcu_gcm_destroy(gcm);
    mcu_gcm_destroy(NULL);
    CHECK(mcu_gcm_create(NULL) == NULL);
    return 0;
}
