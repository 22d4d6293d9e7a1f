/* G.722 at 64 kbit/s through libavcodec: mono, 16 kHz, 32-bit float, two samples to a byte. */
#ifndef MCU_G722_H
#define MCU_G722_H

#include "mcu_abi.h"

/* One 20 ms frame: all that the encoder takes. */
#define MCU_G722_FRAME_SAMPLES 320
#define MCU_G722_FRAME_BYTES 160

/* Longest payload decoded at once: 120 ms. */
#define MCU_G722_MAX_BYTES 960

typedef struct mcu_g722 mcu_g722;

/* One direction each; NULL when out of memory. */
MCU_API mcu_g722 *mcu_g722_decoder_create(void);
MCU_API mcu_g722 *mcu_g722_encoder_create(void);
MCU_API void mcu_g722_destroy(mcu_g722 *codec);

/* Returns the samples written (twice `size`), or -1: not a decoder, too long for `capacity`, or damaged. */
MCU_API int32_t mcu_g722_decode(mcu_g722 *codec, const uint8_t *payload, int32_t size, float *samples, int32_t capacity);

/* Takes MCU_G722_FRAME_SAMPLES; returns the bytes written, or -1: not an encoder, or `capacity` too small. */
MCU_API int32_t mcu_g722_encode(mcu_g722 *codec, const float *samples, uint8_t *payload, int32_t capacity);

#endif
