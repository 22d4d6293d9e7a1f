/* SRTP and SRTCP (RFC 3711, RFC 7714) over libsrtp2. A session has one key for each direction, and takes any SSRC.
 * One thread at a time per session; different sessions may run on different threads. */
#ifndef MCU_SRTP_H
#define MCU_SRTP_H

#include "mcu_abi.h"

typedef struct mcu_srtp mcu_srtp;

enum mcu_srtp_direction { MCU_SRTP_OUTBOUND = 0, MCU_SRTP_INBOUND = 1 };

enum mcu_srtp_error {
    MCU_SRTP_BAD_ARGUMENT = -1,
    MCU_SRTP_NOT_AUTHENTIC = -2,
    MCU_SRTP_REPLAYED = -3, /* seen before, or older than the replay window of 1024 packets */
    MCU_SRTP_REFUSED = -4   /* anything else: damaged header, key used up */
};

/* What protecting adds at most, in bytes: room that must be behind each packet. */
#define MCU_SRTP_MAX_TRAILER 32

/* profile: enum mcu_dtls_profile. key: master key and salt, one behind the other (30 bytes for AES-CM, 28 for AES-GCM). NULL on bad arguments. */
MCU_API mcu_srtp *mcu_srtp_create(int32_t profile, int32_t direction, const uint8_t *key, int32_t key_length);

MCU_API void mcu_srtp_free(mcu_srtp *session);

/* In place; each returns the new length or an enum mcu_srtp_error. capacity: bytes of memory at packet, at least length + MCU_SRTP_MAX_TRAILER.
 * One sequence number is protected once only: repeating one under changed header bytes would give AES-GCM's key away. */
MCU_API int32_t mcu_srtp_protect_rtp(mcu_srtp *session, uint8_t *packet, int32_t length, int32_t capacity);
MCU_API int32_t mcu_srtp_protect_rtcp(mcu_srtp *session, uint8_t *packet, int32_t length, int32_t capacity);
MCU_API int32_t mcu_srtp_unprotect_rtp(mcu_srtp *session, uint8_t *packet, int32_t length);
MCU_API int32_t mcu_srtp_unprotect_rtcp(mcu_srtp *session, uint8_t *packet, int32_t length);

/* Forgets an SSRC with its replay window and rollover counter; 0, or MCU_SRTP_REFUSED when it is not known. */
MCU_API int32_t mcu_srtp_remove(mcu_srtp *session, uint32_t ssrc);

/* Protects count RTP packets of one slab, each under its own session: packet i is lengths[i] bytes at offsets[i], with room behind it.
 * lengths[i] becomes the protected length or an error. Returns how many were protected. */
MCU_API int32_t mcu_srtp_protect_batch(mcu_srtp *const *sessions, uint8_t *slab, int32_t slab_length, const int32_t *offsets,
                                       int32_t *lengths, int32_t count);

#endif
