#include "mcu_opus.h"

#include <opus/opus.h>
#include <stddef.h>
#include <string.h>

enum { SAMPLE_RATE = 48000, CHANNELS = 1 };

mcu_opus_decoder *mcu_opus_decoder_create(void) {
    int error = OPUS_OK;
    OpusDecoder *decoder = opus_decoder_create(SAMPLE_RATE, CHANNELS, &error);
    return error == OPUS_OK ? decoder : NULL;
}

void mcu_opus_decoder_destroy(mcu_opus_decoder *decoder) {
    if (decoder)
        opus_decoder_destroy(decoder);
}

int32_t mcu_opus_decoder_decode(mcu_opus_decoder *decoder, const uint8_t *payload, int32_t size, float *samples,
                                int32_t capacity) {
    /* libopus takes an empty payload for a loss; here it is damage. */
    if (!decoder || !payload || size <= 0 || !samples || capacity <= 0)
        return OPUS_BAD_ARG;
    return opus_decode_float(decoder, payload, size, samples, capacity, 0);
}

int32_t mcu_opus_decoder_recover(mcu_opus_decoder *decoder, const uint8_t *next, int32_t size, float *samples,
                                 int32_t count) {
    if (!decoder || !next || size <= 0 || !samples || count <= 0)
        return OPUS_BAD_ARG;
    return opus_decode_float(decoder, next, size, samples, count, 1);
}

int32_t mcu_opus_decoder_conceal(mcu_opus_decoder *decoder, float *samples, int32_t count) {
    if (!decoder || !samples || count <= 0)
        return OPUS_BAD_ARG;
    return opus_decode_float(decoder, NULL, 0, samples, count, 0);
}

mcu_opus_encoder *mcu_opus_encoder_create(int32_t bitrate_bps, int32_t complexity, int32_t fec, int32_t dtx, int32_t low_delay) {
    int error = OPUS_OK;
    /* VOIP, not AUDIO: only the SILK modes carry FEC, and libopus still turns to CELT when it hears music. */
    int application = low_delay ? OPUS_APPLICATION_RESTRICTED_LOWDELAY : OPUS_APPLICATION_VOIP;
    OpusEncoder *encoder = opus_encoder_create(SAMPLE_RATE, CHANNELS, application, &error);
    if (error != OPUS_OK)
        return NULL;
    error = opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitrate_bps));
    if (error == OPUS_OK)
        error = opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
    if (error == OPUS_OK)
        error = opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(fec != 0));
    if (error == OPUS_OK)
        error = opus_encoder_ctl(encoder, OPUS_SET_DTX(dtx != 0));
    if (error == OPUS_OK)
        return encoder;
    opus_encoder_destroy(encoder);
    return NULL;
}

void mcu_opus_encoder_destroy(mcu_opus_encoder *encoder) {
    if (encoder)
        opus_encoder_destroy(encoder);
}

int32_t mcu_opus_encoder_encode(mcu_opus_encoder *encoder, const float *samples, int32_t count, uint8_t *payload,
                                int32_t capacity) {
    if (!encoder || !samples || count <= 0 || !payload || capacity <= 0)
        return OPUS_BAD_ARG;
    return opus_encode_float(encoder, samples, count, payload, capacity);
}

int32_t mcu_opus_encoder_set_rate(mcu_opus_encoder *encoder, int32_t bitrate_bps, int32_t loss_percent) {
    if (!encoder || bitrate_bps < 500 || loss_percent < 0 || loss_percent > 100)
        return OPUS_BAD_ARG;
    int error = opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitrate_bps));
    return error == OPUS_OK ? opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(loss_percent)) : error;
}

void mcu_opus_encoder_copy(mcu_opus_encoder *encoder, const mcu_opus_encoder *from) {
    /* opus.h: the state is one block of this size without pointers into itself, and may be copied. */
    if (encoder && from && encoder != from)
        memcpy(encoder, from, (size_t)opus_encoder_get_size(CHANNELS));
}

int32_t mcu_opus_encoder_reset(mcu_opus_encoder *encoder) {
    return encoder ? opus_encoder_ctl(encoder, OPUS_RESET_STATE) : OPUS_BAD_ARG;
}

int32_t mcu_opus_encoder_set_alone(mcu_opus_encoder *encoder, int32_t alone) {
    return encoder ? opus_encoder_ctl(encoder, OPUS_SET_PREDICTION_DISABLED(alone != 0)) : OPUS_BAD_ARG;
}
