/* Misuse and damaged input of the SRTP part. */
#include "mcu_srtp.h"

#include "mcu_dtls.h"

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

#define PACKET 100
#define SLOT (PACKET + MCU_SRTP_MAX_TRAILER)

static const uint8_t key[30] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void fill_packet(uint8_t *packet, uint16_t sequence)
{
    memset(packet, 0, SLOT);
    packet[0] = 0x80;
    packet[1] = 96;
    packet[2] = (uint8_t)(sequence >> 8);
    packet[3] = (uint8_t)sequence;
    packet[11] = 7;
}

static void bears_misuse(void)
{
    uint8_t packet[SLOT];
    fill_packet(packet, 1);
    CHECK(mcu_srtp_create(99, MCU_SRTP_OUTBOUND, key, 28) == NULL);
    CHECK(mcu_srtp_create(MCU_DTLS_AEAD_AES_128_GCM, MCU_SRTP_OUTBOUND, key, 30) == NULL);
    CHECK(mcu_srtp_create(MCU_DTLS_AEAD_AES_128_GCM, 5, key, 28) == NULL);
    CHECK(mcu_srtp_create(MCU_DTLS_AEAD_AES_128_GCM, MCU_SRTP_OUTBOUND, NULL, 28) == NULL);
    mcu_srtp_free(NULL);
    CHECK(mcu_srtp_protect_rtp(NULL, packet, PACKET, SLOT) == MCU_SRTP_BAD_ARGUMENT);
    mcu_srtp *out = mcu_srtp_create(MCU_DTLS_AEAD_AES_128_GCM, MCU_SRTP_OUTBOUND, key, 28);
    CHECK(mcu_srtp_protect_rtp(out, packet, PACKET, PACKET) == MCU_SRTP_BAD_ARGUMENT);
    CHECK(mcu_srtp_protect_rtp(out, packet, 11, SLOT) == MCU_SRTP_BAD_ARGUMENT);
    CHECK(mcu_srtp_protect_rtcp(out, packet, 7, SLOT) == MCU_SRTP_BAD_ARGUMENT);
    CHECK(mcu_srtp_unprotect_rtp(out, packet, PACKET) == MCU_SRTP_BAD_ARGUMENT);
    CHECK(mcu_srtp_remove(out, 1234) == MCU_SRTP_REFUSED);
    mcu_srtp_free(out);
}

static void protects_a_batch(int profile, int key_length)
{
    enum { COUNT = 8 };
    static uint8_t slab[COUNT * SLOT];
    mcu_srtp *sessions[COUNT];
    int32_t offsets[COUNT], lengths[COUNT];
    for (int i = 0; i < COUNT; i++) {
        sessions[i] = mcu_srtp_create(profile, MCU_SRTP_OUTBOUND, key, key_length);
        offsets[i] = i * SLOT;
        lengths[i] = PACKET;
        fill_packet(slab + offsets[i], (uint16_t)(i + 1));
    }
    offsets[3] = COUNT * SLOT; /* outside */
    CHECK(mcu_srtp_protect_batch(sessions, slab, sizeof(slab), offsets, lengths, COUNT) == COUNT - 1);
    CHECK(lengths[3] == MCU_SRTP_BAD_ARGUMENT);
    mcu_srtp *in = mcu_srtp_create(profile, MCU_SRTP_INBOUND, key, key_length);
    for (int i = 0; i < COUNT; i++) {
        if (i != 3) {
            CHECK(lengths[i] > PACKET && lengths[i] <= SLOT);
            CHECK(mcu_srtp_unprotect_rtp(in, slab + offsets[i], lengths[i]) == PACKET);
        }
        mcu_srtp_free(sessions[i]);
    }
    mcu_srtp_free(in);
}

static void survives_damage(int profile, int key_length)
{
    mcu_srtp *out = mcu_srtp_create(profile, MCU_SRTP_OUTBOUND, key, key_length);
    mcu_srtp *in = mcu_srtp_create(profile, MCU_SRTP_INBOUND, key, key_length);
    srand(2);
    for (int round = 0; round < 20000; round++) {
        uint8_t packet[SLOT];
        fill_packet(packet, (uint16_t)round);
        int length = mcu_srtp_protect_rtp(out, packet, PACKET, SLOT);
        CHECK(length > PACKET);
        packet[rand() % length] ^= (uint8_t)(1 + rand() % 255);
        /* An exact copy, so that the address sanitizer sees each byte read too far. */
        int cut = 1 + rand() % length;
        uint8_t *exact = malloc((size_t)cut);
        memcpy(exact, packet, (size_t)cut);
        CHECK(mcu_srtp_unprotect_rtp(in, exact, cut) < 0);
        memcpy(exact, packet, (size_t)cut);
        CHECK(mcu_srtp_unprotect_rtcp(in, exact, cut) < 0);
        free(exact);
    }
    mcu_srtp_free(out);
    mcu_srtp_free(in);
}

int main(void)
{
    bears_misuse();
    protects_a_batch(MCU_DTLS_AEAD_AES_128_GCM, 28);
    protects_a_batch(MCU_DTLS_AES128_CM_SHA1_80, 30);
    survives_damage(MCU_DTLS_AEAD_AES_128_GCM, 28);
    survives_damage(MCU_DTLS_AES128_CM_SHA1_80, 30);
    return 0;
}
