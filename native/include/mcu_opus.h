/* Opus (RFC 6716) through libopus: mono, 48 kHz, 32-bit float. */
#ifndef MCU_OPUS_H
#define MCU_OPUS_H

#include "mcu_abi.h"

typedef struct OpusDecoder mcu_opus_decoder;
typedef struct OpusEncoder mcu_opus_encoder;

/* NULL when out of memory. Stereo packets are mixed down to mono. */
MCU_API mcu_opus_decoder *mcu_opus_decoder_create(void);
MCU_API void mcu_opus_decoder_destroy(mcu_opus_decoder *decoder);

/* Decodes into at most `capacity` samples; returns the samples written or a negative OPUS_ error. */
MCU_API int32_t mcu_opus_decoder_decode(mcu_opus_decoder *decoder, const uint8_t *payload, int32_t size, float *samples,
                                        int32_t capacity);

/* Recovers `count` samples before `next` from its in-band FEC; `count` is a multiple of 120 (2.5 ms). */
MCU_API int32_t mcu_opus_decoder_recover(mcu_opus_decoder *decoder, const uint8_t *next, int32_t size, float *samples,
                                         int32_t count);

/* Conceals a loss of `count` samples, a multiple of 120. */
MCU_API int32_t mcu_opus_decoder_conceal(mcu_opus_decoder *decoder, float *samples, int32_t count);

/* `low_delay`: CELT alone, which looks 2.5 ms ahead instead of 6.5 and has no FEC. NULL when a setting is out of its range or memory is
 * short. */
MCU_API mcu_opus_encoder *mcu_opus_encoder_create(int32_t bitrate_bps, int32_t complexity, int32_t fec, int32_t dtx,
                                                  int32_t low_delay);
MCU_API void mcu_opus_encoder_destroy(mcu_opus_encoder *encoder);

/* Returns payload bytes (1 or 2 mean that with DTX nothing need be sent) or a negative OPUS_ error. */
MCU_API int32_t mcu_opus_encoder_encode(mcu_opus_encoder *encoder, const float *samples, int32_t count, uint8_t *payload,
                                        int32_t capacity);

/* 0, or a negative OPUS_ error: then nothing changed. */
MCU_API int32_t mcu_opus_encoder_set_rate(mcu_opus_encoder *encoder, int32_t bitrate_bps, int32_t loss_percent);

/* Makes an encoder go on where another one is: history, prediction and settings are copied, so that a decoder that the other one fed
 * does not notice the change. */
MCU_API void mcu_opus_encoder_copy(mcu_opus_encoder *encoder, const mcu_opus_encoder *from);

/* Forgets all sound; settings stay. 0, or a negative OPUS_ error. */
MCU_API int32_t mcu_opus_encoder_reset(mcu_opus_encoder *encoder);

/* While `alone` is not 0, each payload can be decoded without the ones before it (CELT intra frames, SILK of reduced dependency). */
MCU_API int32_t mcu_opus_encoder_set_alone(mcu_opus_encoder *encoder, int32_t alone);

#endif
