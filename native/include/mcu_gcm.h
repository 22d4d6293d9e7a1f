/* AES-128-GCM for SRTP (RFC 7714), which is many short messages under many keys. */
#ifndef MCU_GCM_H
#define MCU_GCM_H

#include "mcu_abi.h"

enum { MCU_GCM_KEY = 16, MCU_GCM_NONCE = 12, MCU_GCM_TAG = 16 };

/* An expanded key. Not to be used by two threads at once. */
typedef struct mcu_gcm mcu_gcm;

/* `key` has MCU_GCM_KEY bytes. NULL when out of memory. */
MCU_API mcu_gcm *mcu_gcm_create(const uint8_t *key);

/* Wipes the key. */
MCU_API void mcu_gcm_destroy(mcu_gcm *gcm);

/* Encrypts `size` bytes of `body` in place and writes the tag. A nonce may be used once only. 0, or -1 when the cipher refuses. */
MCU_API int32_t mcu_gcm_seal(mcu_gcm *gcm, const uint8_t *nonce, const uint8_t *associated, int32_t associated_size, uint8_t *body,
                             int32_t size, uint8_t *tag);

/* Decrypts in place. 0; or -1 when the tag is wrong, compared in constant time, and then `body` is zeroed. */
MCU_API int32_t mcu_gcm_open(mcu_gcm *gcm, const uint8_t *nonce, const uint8_t *associated, int32_t associated_size, uint8_t *body,
                             int32_t size, const uint8_t *tag);

#endif
