/* VP8, VP9 and H.264 decoding in software through libavcodec: one frame in, at most one picture out, no delay. */
#ifndef MCU_VIDEO_DECODER_H
#define MCU_VIDEO_DECODER_H

#include "mcu_abi.h"
#include "mcu_picture.h"

enum { MCU_VIDEO_VP8 = 0, MCU_VIDEO_VP9 = 1, MCU_VIDEO_H264 = 2 };

enum { MCU_DECODED_PICTURE = 1, MCU_DECODED_NOTHING = 0, MCU_DECODED_DAMAGED = -1 };

/* Pictures with a side outside these are refused as damaged. */
enum { MCU_VIDEO_MIN_SIDE = 2, MCU_VIDEO_MAX_SIDE = 4096 };

typedef struct mcu_video_decoder mcu_video_decoder;

/* NULL for an unknown codec or when out of memory. */
MCU_API mcu_video_decoder *mcu_video_decoder_create(int32_t codec);
MCU_API void mcu_video_decoder_destroy(mcu_video_decoder *decoder);

/* Decodes one encoded frame (VP8, VP9: frame or superframe; H.264: Annex B access unit). Returns MCU_DECODED_...;
   with a picture its size stands in width and height, and mcu_video_decoder_copy fetches it before the next call.
   After damage nothing is given out until a picture comes that needs nothing lost. */
MCU_API int32_t mcu_video_decoder_decode(mcu_video_decoder *decoder, const uint8_t *data, int32_t size, int32_t *width,
                                         int32_t *height);

/* Copies the picture decoded last into `target`, which has exactly its size. 0, or -1: no picture, or another size. */
MCU_API int32_t mcu_video_decoder_copy(mcu_video_decoder *decoder, const mcu_picture *target);

#endif
