/* DTLS 1.2 with use_srtp (RFC 5764), without sockets and without a clock: datagrams are handed in and taken out, and the caller decides
 * when the last flight is sent again. A context and the sessions made from it may be used by one thread at a time each;
 * different sessions may run on different threads. */
#ifndef MCU_DTLS_H
#define MCU_DTLS_H

#include "mcu_abi.h"

typedef struct mcu_dtls_context mcu_dtls_context;
typedef struct mcu_dtls mcu_dtls;

enum mcu_dtls_state {
    MCU_DTLS_HANDSHAKE = 0,
    MCU_DTLS_CONNECTED = 1,
    MCU_DTLS_CLOSED = 2, /* the peer sent close_notify, or mcu_dtls_close was called */
    MCU_DTLS_FAILED = 3
};

/* IANA numbers of the two SRTP protection profiles offered (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
enum mcu_dtls_profile {
    MCU_DTLS_PROFILE_NONE = 0,
    MCU_DTLS_AES128_CM_SHA1_80 = 0x0001,
    MCU_DTLS_AEAD_AES_128_GCM = 0x0007
};

#define MCU_DTLS_MAX_DATAGRAM 1500

/* Makes a context around a certificate (X.509, DER) and its private key (PKCS#8, DER). NULL when either is damaged or they do not belong together. */
MCU_API mcu_dtls_context *mcu_dtls_context_create(const uint8_t *certificate, int32_t certificate_length, const uint8_t *key,
                                                  int32_t key_length);

/* Sessions made from the context stay usable. NULL is allowed. */
MCU_API void mcu_dtls_context_free(mcu_dtls_context *context);

/* Makes a session. The peer must show a certificate; whose it is the caller checks by its fingerprint.
 * mtu: largest datagram to send in bytes, 256 to MCU_DTLS_MAX_DATAGRAM. NULL on bad arguments or lack of memory. */
MCU_API mcu_dtls *mcu_dtls_create(mcu_dtls_context *context, int32_t is_server, int32_t mtu);

MCU_API void mcu_dtls_free(mcu_dtls *session);

/* Takes one datagram (NULL, 0: a client begins its handshake). Returns the state after it (enum mcu_dtls_state).
 * Damaged or foreign datagrams are dropped, as DTLS demands (RFC 6347 section 4.1.2.7). */
MCU_API int32_t mcu_dtls_receive(mcu_dtls *session, const uint8_t *datagram, int32_t length);

/* Takes the next datagram to send out of the session: its length, 0 when there is none, -1 when it does not fit (it is kept). */
MCU_API int32_t mcu_dtls_take(mcu_dtls *session, uint8_t *datagram, int32_t capacity);

/* While the last flight waits for the peer's answer: its number (1, 2, …), otherwise 0. */
MCU_API int32_t mcu_dtls_pending_flight(const mcu_dtls *session);

/* Sends the last flight again (RFC 6347 section 4.2.4); the caller's timer has expired. Returns the state; fails after 12 in a row. */
MCU_API int32_t mcu_dtls_retransmit(mcu_dtls *session);

/* Queues close_notify. */
MCU_API void mcu_dtls_close(mcu_dtls *session);

/* The peer's certificate (X.509, DER) into the buffer: its length, -1 while there is none or when it does not fit. */
MCU_API int32_t mcu_dtls_peer_certificate(const mcu_dtls *session, uint8_t *certificate, int32_t capacity);

/* The negotiated SRTP profile (enum mcu_dtls_profile). */
MCU_API int32_t mcu_dtls_srtp_profile(const mcu_dtls *session);

/* Fills exactly length bytes of keying material with the exporter label EXTRACTOR-dtls_srtp (RFC 5764 section 4.2); 0, or -1 before the handshake is done. */
MCU_API int32_t mcu_dtls_export_keys(mcu_dtls *session, uint8_t *material, int32_t length);

#endif
