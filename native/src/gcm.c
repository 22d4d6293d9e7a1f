#include "mcu_gcm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* On x86-64 Intel's library does it in a tenth of the time that OpenSSL 3 takes for a packet of sound. Elsewhere, and on
   processors without AES instructions, OpenSSL does. */
#ifdef MCU_HAS_IPSEC_MB
#include <intel-ipsec-mb.h>
#include <pthread.h>
#endif

struct mcu_gcm {
#ifdef MCU_HAS_IPSEC_MB
    struct gcm_key_data expanded; /* aligned: comes first */
#endif
    EVP_CIPHER_CTX *openssl; /* NULL where the other library serves */
};

enum { ALIGNMENT = 64 };

#ifdef MCU_HAS_IPSEC_MB
static pthread_once_t once = PTHREAD_ONCE_INIT;
static IMB_MGR *manager; /* read-only once it is there: what is called through it keeps its state in the key */

static void open_manager(void) {
    IMB_MGR *opened = alloc_mb_mgr(0);
    if (!opened)
        return;
    init_mb_mgr_auto(opened, NULL);
    if (imb_get_errno(opened) == 0 && (opened->features & IMB_FEATURE_AESNI) != 0)
        manager = opened;
    else
        free_mb_mgr(opened);
}

static bool has_fast_path(void) {
    pthread_once(&once, open_manager);
    return manager != NULL;
}
#endif

mcu_gcm *mcu_gcm_create(const uint8_t *key) {
    if (!key)
        return NULL;
    size_t size = (sizeof(mcu_gcm) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    mcu_gcm *self = aligned_alloc(ALIGNMENT, size);
    if (!self)
        return NULL;
    memset(self, 0, size);
#ifdef MCU_HAS_IPSEC_MB
    if (has_fast_path()) {
        IMB_AES128_GCM_PRE(manager, key, &self->expanded);
        return self;
    }
#endif
    self->openssl = EVP_CIPHER_CTX_new();
    if (!self->openssl || EVP_CipherInit_ex(self->openssl, EVP_aes_128_gcm(), NULL, key, NULL, 1) != 1) {
        mcu_gcm_destroy(self);
        return NULL;
    }
    return self;
}

void mcu_gcm_destroy(mcu_gcm *gcm) {
    if (!gcm)
        return;
    EVP_CIPHER_CTX_free(gcm->openssl);
    OPENSSL_cleanse(gcm, sizeof(*gcm));
    free(gcm);
}

static bool run_openssl(mcu_gcm *gcm, bool encrypt, const uint8_t *nonce, const uint8_t *associated, int32_t associated_size,
                        uint8_t *body, int32_t size) {
    int written;
    return EVP_CipherInit_ex(gcm->openssl, NULL, NULL, NULL, nonce, encrypt) == 1 &&
           EVP_CipherUpdate(gcm->openssl, NULL, &written, associated, associated_size) == 1 &&
           EVP_CipherUpdate(gcm->openssl, body, &written, body, size) == 1;
}

int32_t mcu_gcm_seal(mcu_gcm *gcm, const uint8_t *nonce, const uint8_t *associated, int32_t associated_size, uint8_t *body,
                     int32_t size, uint8_t *tag) {
#ifdef MCU_HAS_IPSEC_MB
    if (!gcm->openssl) {
        struct gcm_context_data context;
        IMB_AES128_GCM_ENC(manager, &gcm->expanded, &context, body, body, (uint64_t)size, nonce, associated,
                           (uint64_t)associated_size, tag, MCU_GCM_TAG);
        return 0;
    }
#endif
    int written;
    return run_openssl(gcm, true, nonce, associated, associated_size, body, size) &&
                   EVP_CipherFinal_ex(gcm->openssl, tag, &written) == 1 &&
                   EVP_CIPHER_CTX_ctrl(gcm->openssl, EVP_CTRL_AEAD_GET_TAG, MCU_GCM_TAG, tag) == 1
               ? 0
               : -1;
}

int32_t mcu_gcm_open(mcu_gcm *gcm, const uint8_t *nonce, const uint8_t *associated, int32_t associated_size, uint8_t *body,
                     int32_t size, const uint8_t *tag) {
    bool authentic;
#ifdef MCU_HAS_IPSEC_MB
    if (!gcm->openssl) {
        struct gcm_context_data context;
        uint8_t computed[MCU_GCM_TAG];
        IMB_AES128_GCM_DEC(manager, &gcm->expanded, &context, body, body, (uint64_t)size, nonce, associated,
                           (uint64_t)associated_size, computed, MCU_GCM_TAG);
        authentic = CRYPTO_memcmp(computed, tag, MCU_GCM_TAG) == 0;
    } else
#endif
    {
        int written;
        uint8_t unused[MCU_GCM_TAG];
        authentic = run_openssl(gcm, false, nonce, associated, associated_size, body, size) &&
                    EVP_CIPHER_CTX_ctrl(gcm->openssl, EVP_CTRL_AEAD_SET_TAG, MCU_GCM_TAG, (void *)(uintptr_t)tag) == 1 &&
                    EVP_CipherFinal_ex(gcm->openssl, unused, &written) == 1;
    }
    if (!authentic)
        memset(body, 0, (size_t)size);
    return authentic ? 0 : -1;
}
