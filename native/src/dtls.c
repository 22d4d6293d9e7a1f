#include "mcu_dtls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* A handshake flight is at most a handful of datagrams; a retransmitted one is one datagram per message. */
#define QUEUE_DATAGRAMS 32
#define MIN_MTU 256

#define SRTP_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"
#define SRTP_LABEL "EXTRACTOR-dtls_srtp"
#define CIPHERS                                                                                                        \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"                         \
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                           \
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA"

struct mcu_dtls_context {
    SSL_CTX *ssl_context;
};

struct datagram {
    int length;
    uint8_t bytes[MCU_DTLS_MAX_DATAGRAM];
};

struct mcu_dtls {
    SSL *ssl;
    int state;

    const uint8_t *incoming; /* the caller's, only while mcu_dtls_receive runs */
    int incoming_length;

    struct datagram queue[QUEUE_DATAGRAMS];
    int head;
    int count;

    int timer_armed;
    int32_t flight;
    struct timeval *deadline; /* OpenSSL's own retransmission deadline, see on_next_timeout */
};

/* ---- A BIO that hands over whole datagrams ------------------------------------------------------------------------------- */

static int bio_write(BIO *bio, const char *bytes, int length)
{
    struct mcu_dtls *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (length <= 0 || length > MCU_DTLS_MAX_DATAGRAM || session->count == QUEUE_DATAGRAMS) {
        return length; /* lost, as a network may lose it: the retransmission timer covers it */
    }
    struct datagram *slot = &session->queue[(session->head + session->count) % QUEUE_DATAGRAMS];
    memcpy(slot->bytes, bytes, (size_t)length);
    slot->length = length;
    session->count++;
    return length;
}

static int bio_read(BIO *bio, char *bytes, int capacity)
{
    struct mcu_dtls *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (session->incoming == NULL) {
        BIO_set_retry_read(bio);
        return -1;
    }
    int length = session->incoming_length < capacity ? session->incoming_length : capacity;
    memcpy(bytes, session->incoming, (size_t)length);
    session->incoming = NULL; /* what does not fit is cut off, as recv does it */
    return length;
}

/* OpenSSL (before 3.2) keeps its retransmission deadline in wall-clock time and tells it to the BIO by pointer. The caller owns time here,
 * in tests a virtual one; so OpenSSL's own deadline is put out of reach (no_timeout) and moved into the past when the caller says so. */
static void on_next_timeout(struct mcu_dtls *session, struct timeval *deadline)
{
    int armed = deadline->tv_sec != 0 || deadline->tv_usec != 0;
    session->flight += armed && !session->timer_armed;
    session->timer_armed = armed;
#if OPENSSL_VERSION_NUMBER < 0x30200000L
    session->deadline = deadline;
#endif
}

static unsigned int no_timeout(SSL *ssl, unsigned int previous_us)
{
#if OPENSSL_VERSION_NUMBER < 0x30200000L
    return 3600u * 1000000u;
#else
    /* Newer ones copy the deadline: they keep real time, and obey mcu_dtls_retransmit only once this much of it has passed. */
    return 40u * 1000u;
#endif
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    struct mcu_dtls *session = BIO_get_data(bio);
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
        on_next_timeout(session, pointer);
        return 1;
    default:
        return 0;
    }
}

static BIO_METHOD *datagram_bio; /* constant once made */
static pthread_once_t datagram_bio_once = PTHREAD_ONCE_INIT;

static void create_datagram_bio(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mcu datagrams");
    if (method != NULL) {
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_ctrl(method, bio_ctrl);
        datagram_bio = method;
    }
}

/* ---- Context ------------------------------------------------------------------------------------------------------------- */

/* Peers are self-signed (RFC 8122): identity is the fingerprint in the signalling, which the caller compares. */
static int accept_any_certificate(int preverified, X509_STORE_CTX *store) { return 1; }

static int use_certificate(SSL_CTX *ssl_context, const uint8_t *certificate, int32_t certificate_length, const uint8_t *key,
                           int32_t key_length)
{
    const unsigned char *cursor = key;
    EVP_PKEY *private_key = d2i_AutoPrivateKey(NULL, &cursor, key_length);
    int ok = private_key != NULL && SSL_CTX_use_certificate_ASN1(ssl_context, certificate_length, certificate) == 1 &&
             SSL_CTX_use_PrivateKey(ssl_context, private_key) == 1 && SSL_CTX_check_private_key(ssl_context) == 1;
    EVP_PKEY_free(private_key);
    return ok;
}

static int configure(SSL_CTX *ssl_context)
{
    SSL_CTX_set_options(ssl_context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ssl_context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any_certificate);
    return SSL_CTX_set_min_proto_version(ssl_context, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ssl_context, CIPHERS) == 1 && SSL_CTX_set1_groups_list(ssl_context, "X25519:P-256:P-384") == 1 &&
           SSL_CTX_set_tlsext_use_srtp(ssl_context, SRTP_PROFILES) == 0; /* 0 is success here */
}

mcu_dtls_context *mcu_dtls_context_create(const uint8_t *certificate, int32_t certificate_length, const uint8_t *key, int32_t key_length)
{
    pthread_once(&datagram_bio_once, create_datagram_bio);
    if (certificate == NULL || key == NULL || certificate_length <= 0 || key_length <= 0 || datagram_bio == NULL) {
        return NULL;
    }
    mcu_dtls_context *context = calloc(1, sizeof(*context));
    SSL_CTX *ssl_context = SSL_CTX_new(DTLS_method());
    if (context == NULL || ssl_context == NULL || !configure(ssl_context) ||
        !use_certificate(ssl_context, certificate, certificate_length, key, key_length)) {
        SSL_CTX_free(ssl_context);
        free(context);
        ERR_clear_error();
        return NULL;
    }
    context->ssl_context = ssl_context;
    return context;
}

void mcu_dtls_context_free(mcu_dtls_context *context)
{
    if (context != NULL) {
        SSL_CTX_free(context->ssl_context);
        free(context);
    }
}

/* ---- Session ------------------------------------------------------------------------------------------------------------- */

mcu_dtls *mcu_dtls_create(mcu_dtls_context *context, int32_t is_server, int32_t mtu)
{
    if (context == NULL || mtu < MIN_MTU || mtu > MCU_DTLS_MAX_DATAGRAM) {
        return NULL;
    }
    mcu_dtls *session = calloc(1, sizeof(*session));
    SSL *ssl = SSL_new(context->ssl_context);
    BIO *bio = BIO_new(datagram_bio);
    if (session == NULL || ssl == NULL || bio == NULL) {
        BIO_free(bio);
        SSL_free(ssl);
        free(session);
        return NULL;
    }
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_mtu(ssl, mtu);
    DTLS_set_timer_cb(ssl, no_timeout);
    if (is_server) {
        SSL_set_accept_state(ssl);
    } else {
        SSL_set_connect_state(ssl);
    }
    session->ssl = ssl;
    return session;
}

void mcu_dtls_free(mcu_dtls *session)
{
    if (session != NULL) {
        SSL_free(session->ssl);
        free(session);
    }
}

/* Reads until nothing is left: alerts, and the peer's repeated last flight, which OpenSSL answers by itself. Nobody speaks
 * application data here, so what arrives of it is thrown away. */
static void drain(mcu_dtls *session)
{
    uint8_t discarded[2048];
    int result;
    do {
        result = SSL_read(session->ssl, discarded, sizeof(discarded));
    } while (result > 0);
    int error = SSL_get_error(session->ssl, result);
    if (error == SSL_ERROR_ZERO_RETURN) {
        session->state = MCU_DTLS_CLOSED;
    } else if (error != SSL_ERROR_WANT_READ) {
        session->state = MCU_DTLS_FAILED;
    }
}

static void advance(mcu_dtls *session)
{
    ERR_clear_error();
    if (session->state == MCU_DTLS_HANDSHAKE) {
        int result = SSL_do_handshake(session->ssl);
        if (result == 1) {
            session->state = MCU_DTLS_CONNECTED;
        } else if (SSL_get_error(session->ssl, result) != SSL_ERROR_WANT_READ) {
            session->state = MCU_DTLS_FAILED;
        }
    }
    if (session->state == MCU_DTLS_CONNECTED) {
        drain(session);
    }
    ERR_clear_error();
}

int32_t mcu_dtls_receive(mcu_dtls *session, const uint8_t *datagram, int32_t length)
{
    if (session == NULL) {
        return MCU_DTLS_FAILED;
    }
    if (session->state == MCU_DTLS_HANDSHAKE || session->state == MCU_DTLS_CONNECTED) {
        session->incoming = length > 0 ? datagram : NULL;
        session->incoming_length = length;
        advance(session);
        session->incoming = NULL;
    }
    return session->state;
}

int32_t mcu_dtls_take(mcu_dtls *session, uint8_t *datagram, int32_t capacity)
{
    if (session == NULL || session->count == 0) {
        return 0;
    }
    const struct datagram *next = &session->queue[session->head];
    if (datagram == NULL || next->length > capacity) {
        return -1;
    }
    memcpy(datagram, next->bytes, (size_t)next->length);
    session->head = (session->head + 1) % QUEUE_DATAGRAMS;
    session->count--;
    return next->length;
}

int32_t mcu_dtls_pending_flight(const mcu_dtls *session)
{
    return session != NULL && session->timer_armed && session->state == MCU_DTLS_HANDSHAKE ? session->flight : 0;
}

int32_t mcu_dtls_retransmit(mcu_dtls *session)
{
    if (session == NULL) {
        return MCU_DTLS_FAILED;
    }
    if (mcu_dtls_pending_flight(session) != 0) {
        if (session->deadline != NULL) {
            session->deadline->tv_sec = 1;
            session->deadline->tv_usec = 0;
        }
        ERR_clear_error();
        if (DTLSv1_handle_timeout(session->ssl) < 0) {
            session->state = MCU_DTLS_FAILED;
        }
        ERR_clear_error();
    }
    return session->state;
}

void mcu_dtls_close(mcu_dtls *session)
{
    if (session == NULL || session->state == MCU_DTLS_CLOSED || session->state == MCU_DTLS_FAILED) {
        return;
    }
    if (session->state == MCU_DTLS_CONNECTED) {
        ERR_clear_error();
        SSL_shutdown(session->ssl);
        ERR_clear_error();
    }
    session->state = MCU_DTLS_CLOSED;
}

/* ---- What was agreed ----------------------------------------------------------------------------------------------------- */

int32_t mcu_dtls_peer_certificate(const mcu_dtls *session, uint8_t *certificate, int32_t capacity)
{
    X509 *peer = session == NULL ? NULL : SSL_get1_peer_certificate(session->ssl);
    if (peer == NULL) {
        return -1;
    }
    int length = i2d_X509(peer, NULL);
    if (certificate != NULL && length > 0 && length <= capacity) {
        unsigned char *cursor = certificate;
        length = i2d_X509(peer, &cursor);
    } else {
        length = -1;
    }
    X509_free(peer);
    return length;
}

int32_t mcu_dtls_srtp_profile(const mcu_dtls *session)
{
    const SRTP_PROTECTION_PROFILE *profile = session == NULL ? NULL : SSL_get_selected_srtp_profile(session->ssl);
    return profile == NULL ? MCU_DTLS_PROFILE_NONE : (int32_t)profile->id;
}

int32_t mcu_dtls_export_keys(mcu_dtls *session, uint8_t *material, int32_t length)
{
    if (session == NULL || material == NULL || length <= 0 || session->state != MCU_DTLS_CONNECTED) {
        return -1;
    }
    int ok = SSL_export_keying_material(session->ssl, material, (size_t)length, SRTP_LABEL, strlen(SRTP_LABEL), NULL, 0, 0);
    return ok == 1 ? 0 : -1;
}
