#include "mcu_srtp.h"

#include "mcu_dtls.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_WINDOW 1024
#define RTP_HEADER 12
#define RTCP_HEADER 8

struct mcu_srtp {
    srtp_t context;
    int direction;
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static srtp_err_status_t library_status;

static void init_library(void) { library_status = srtp_init(); }

/* Fills in both policies; returns the length of master key and salt, 0 for an unknown profile. */
static int set_policy(srtp_policy_t *policy, int32_t profile)
{
    switch (profile) {
    case MCU_DTLS_AES128_CM_SHA1_80:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
        return SRTP_AES_ICM_128_KEY_LEN_WSALT;
    case MCU_DTLS_AEAD_AES_128_GCM:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
        return SRTP_AES_GCM_128_KEY_LEN_WSALT;
    default:
        return 0;
    }
}

mcu_srtp *mcu_srtp_create(int32_t profile, int32_t direction, const uint8_t *key, int32_t key_length)
{
    pthread_once(&library_once, init_library);
    srtp_policy_t policy;
    memset(&policy, 0, sizeof(policy));
    int needed = set_policy(&policy, profile);
    if (library_status != srtp_err_status_ok || needed == 0 || key == NULL || key_length != needed ||
        (direction != MCU_SRTP_OUTBOUND && direction != MCU_SRTP_INBOUND)) {
        return NULL;
    }
    uint8_t key_copy[SRTP_MAX_KEY_LEN];
    memcpy(key_copy, key, (size_t)key_length);
    policy.key = key_copy;
    policy.ssrc.type = direction == MCU_SRTP_OUTBOUND ? ssrc_any_outbound : ssrc_any_inbound;
    policy.window_size = REPLAY_WINDOW;

    mcu_srtp *session = calloc(1, sizeof(*session));
    if (session != NULL && srtp_create(&session->context, &policy) != srtp_err_status_ok) {
        free(session);
        session = NULL;
    }
    if (session != NULL) {
        session->direction = direction;
    }
    explicit_bzero(key_copy, sizeof(key_copy));
    return session;
}

void mcu_srtp_free(mcu_srtp *session)
{
    if (session != NULL) {
        srtp_dealloc(session->context);
        free(session);
    }
}

static int32_t outcome(srtp_err_status_t status, int length)
{
    switch (status) {
    case srtp_err_status_ok:
        return length;
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:
        return MCU_SRTP_NOT_AUTHENTIC;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old:
        return MCU_SRTP_REPLAYED;
    default:
        return MCU_SRTP_REFUSED;
    }
}

static int usable(const mcu_srtp *session, int direction, const uint8_t *packet, int32_t length, int32_t least)
{
    return session != NULL && session->direction == direction && packet != NULL && length >= least;
}

int32_t mcu_srtp_protect_rtp(mcu_srtp *session, uint8_t *packet, int32_t length, int32_t capacity)
{
    if (!usable(session, MCU_SRTP_OUTBOUND, packet, length, RTP_HEADER) || capacity - length < MCU_SRTP_MAX_TRAILER) {
        return MCU_SRTP_BAD_ARGUMENT;
    }
    int size = length;
    srtp_err_status_t status = srtp_protect(session->context, packet, &size);
    return outcome(status, size);
}

int32_t mcu_srtp_protect_rtcp(mcu_srtp *session, uint8_t *packet, int32_t length, int32_t capacity)
{
    if (!usable(session, MCU_SRTP_OUTBOUND, packet, length, RTCP_HEADER) || capacity - length < MCU_SRTP_MAX_TRAILER) {
        return MCU_SRTP_BAD_ARGUMENT;
    }
    int size = length;
    srtp_err_status_t status = srtp_protect_rtcp(session->context, packet, &size);
    return outcome(status, size);
}

int32_t mcu_srtp_unprotect_rtp(mcu_srtp *session, uint8_t *packet, int32_t length)
{
    if (!usable(session, MCU_SRTP_INBOUND, packet, length, RTP_HEADER)) {
        return MCU_SRTP_BAD_ARGUMENT;
    }
    int size = length;
    srtp_err_status_t status = srtp_unprotect(session->context, packet, &size);
    return outcome(status, size);
}

int32_t mcu_srtp_unprotect_rtcp(mcu_srtp *session, uint8_t *packet, int32_t length)
{
    if (!usable(session, MCU_SRTP_INBOUND, packet, length, RTCP_HEADER)) {
        return MCU_SRTP_BAD_ARGUMENT;
    }
    int size = length;
    srtp_err_status_t status = srtp_unprotect_rtcp(session->context, packet, &size);
    return outcome(status, size);
}

int32_t mcu_srtp_remove(mcu_srtp *session, uint32_t ssrc)
{
    if (session == NULL) {
        return MCU_SRTP_BAD_ARGUMENT;
    }
    return srtp_remove_stream(session->context, htonl(ssrc)) == srtp_err_status_ok ? 0 : MCU_SRTP_REFUSED;
}

int32_t mcu_srtp_protect_batch(mcu_srtp *const *sessions, uint8_t *slab, int32_t slab_length, const int32_t *offsets, int32_t *lengths,
                               int32_t count)
{
    if (sessions == NULL || slab == NULL || offsets == NULL || lengths == NULL) {
        return 0;
    }
    int32_t done = 0;
    for (int32_t i = 0; i < count; i++) {
        int inside = offsets[i] >= 0 && offsets[i] < slab_length;
        lengths[i] = inside ? mcu_srtp_protect_rtp(sessions[i], slab + offsets[i], lengths[i], slab_length - offsets[i])
                            : MCU_SRTP_BAD_ARGUMENT;
        done += lengths[i] > 0;
    }
    return done;
}
