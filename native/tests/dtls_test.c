/* Misuse and damaged input of the DTLS part, and a handshake with itself. */
#include "mcu_dtls.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static uint8_t certificate[2048], key[2048];
static int certificate_length, key_length;

static void make_certificate(void)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, pair);
    CHECK(X509_sign(x509, pair, EVP_sha256()) > 0);
    unsigned char *cursor = certificate;
    certificate_length = i2d_X509(x509, &cursor);
    cursor = key;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pair);
    key_length = i2d_PKCS8_PRIV_KEY_INFO(info, &cursor);
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_free(x509);
    EVP_PKEY_free(pair);
}

static int move_all(mcu_dtls *from, mcu_dtls *to)
{
    uint8_t datagram[MCU_DTLS_MAX_DATAGRAM];
    int moved = 0;
    int length;
    while ((length = mcu_dtls_take(from, datagram, sizeof(datagram))) > 0) {
        mcu_dtls_receive(to, datagram, length);
        moved++;
    }
    return moved;
}

static void refuses_damaged_certificates(void)
{
    CHECK(mcu_dtls_context_create(NULL, 0, NULL, 0) == NULL);
    CHECK(mcu_dtls_context_create(certificate, certificate_length / 2, key, key_length) == NULL);
    CHECK(mcu_dtls_context_create(certificate, certificate_length, key, key_length / 2) == NULL);
    mcu_dtls_context_free(NULL);
}

static void bears_misuse(mcu_dtls_context *context)
{
    uint8_t bytes[64] = {0};
    CHECK(mcu_dtls_create(NULL, 1, 1200) == NULL);
    CHECK(mcu_dtls_create(context, 1, 100) == NULL);
    CHECK(mcu_dtls_create(context, 1, 100000) == NULL);
    CHECK(mcu_dtls_receive(NULL, bytes, 10) == MCU_DTLS_FAILED);
    CHECK(mcu_dtls_take(NULL, bytes, 10) == 0);
    CHECK(mcu_dtls_retransmit(NULL) == MCU_DTLS_FAILED);
    mcu_dtls_close(NULL);
    mcu_dtls_free(NULL);

    mcu_dtls *session = mcu_dtls_create(context, 0, 1200);
    CHECK(mcu_dtls_export_keys(session, bytes, sizeof(bytes)) == -1);
    CHECK(mcu_dtls_peer_certificate(session, bytes, sizeof(bytes)) == -1);
    CHECK(mcu_dtls_srtp_profile(session) == MCU_DTLS_PROFILE_NONE);
    CHECK(mcu_dtls_receive(session, NULL, 0) == MCU_DTLS_HANDSHAKE);
    CHECK(mcu_dtls_take(session, bytes, 1) == -1);
    mcu_dtls_close(session);
    CHECK(mcu_dtls_receive(session, bytes, 10) == MCU_DTLS_CLOSED);
    mcu_dtls_free(session);
}

static void shakes_hands_and_repeats_lost_flights(mcu_dtls_context *context)
{
    mcu_dtls *client = mcu_dtls_create(context, 0, 1200);
    mcu_dtls *server = mcu_dtls_create(context, 1, 1200);
    uint8_t lost[MCU_DTLS_MAX_DATAGRAM];
    mcu_dtls_receive(client, NULL, 0);
    CHECK(mcu_dtls_take(client, lost, sizeof(lost)) > 0);
    CHECK(mcu_dtls_take(client, lost, sizeof(lost)) == 0);
    CHECK(mcu_dtls_pending_flight(client) == 1);
    CHECK(mcu_dtls_retransmit(client) == MCU_DTLS_HANDSHAKE);
    for (int round = 0; round < 6; round++) {
        move_all(client, server);
        move_all(server, client);
    }
    uint8_t ours[60], theirs[60];
    CHECK(mcu_dtls_receive(client, NULL, 0) == MCU_DTLS_CONNECTED);
    CHECK(mcu_dtls_receive(server, NULL, 0) == MCU_DTLS_CONNECTED);
    CHECK(mcu_dtls_pending_flight(client) == 0);
    CHECK(mcu_dtls_srtp_profile(client) == MCU_DTLS_AEAD_AES_128_GCM);
    CHECK(mcu_dtls_export_keys(client, ours, sizeof(ours)) == 0 && mcu_dtls_export_keys(server, theirs, sizeof(theirs)) == 0);
    CHECK(memcmp(ours, theirs, sizeof(ours)) == 0);
    mcu_dtls_close(client);
    CHECK(move_all(client, server) == 1);
    CHECK(mcu_dtls_receive(server, NULL, 0) == MCU_DTLS_CLOSED);
    mcu_dtls_free(client);
    mcu_dtls_free(server);
}

/* A handshake whose datagrams are damaged at random: it may fail, it must not crash. */
static void survives_damage(mcu_dtls_context *context)
{
    srand(1);
    for (int round = 0; round < 200; round++) {
        mcu_dtls *client = mcu_dtls_create(context, 0, 1200);
        mcu_dtls *server = mcu_dtls_create(context, 1, 1200);
        mcu_dtls *side[2] = {client, server};
        mcu_dtls_receive(client, NULL, 0);
        for (int step = 0; step < 8; step++) {
            uint8_t datagram[MCU_DTLS_MAX_DATAGRAM];
            int length;
            while ((length = mcu_dtls_take(side[step & 1], datagram, sizeof(datagram))) > 0) {
                for (int hits = rand() % 3; hits > 0; hits--) {
                    datagram[rand() % length] ^= (uint8_t)(1 << (rand() % 8));
                }
                mcu_dtls_receive(side[(step + 1) & 1], datagram, rand() % 8 == 0 ? rand() % length : length);
            }
            mcu_dtls_retransmit(side[rand() & 1]);
        }
        mcu_dtls_free(client);
        mcu_dtls_free(server);
    }
}

int main(void)
{
    make_certificate();
    refuses_damaged_certificates();
    mcu_dtls_context *context = mcu_dtls_context_create(certificate, certificate_length, key, key_length);
    CHECK(context != NULL);
    bears_misuse(context);
    shakes_hands_and_repeats_lost_flights(context);
    survives_damage(context);
    mcu_dtls_context_free(context);
    return 0;
}
