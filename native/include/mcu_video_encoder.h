/* Real-time encoding: VP8 and VP9 through libvpx, H.264 constrained baseline through libx264. One frame in, one frame out. */
#ifndef MCU_VIDEO_ENCODER_H
#define MCU_VIDEO_ENCODER_H

#include "mcu_abi.h"
#include "mcu_picture.h"

/* Blittable. `codec` is one of MCU_VIDEO_... in mcu_video_decoder.h. */
typedef struct mcu_video_encoder_settings {
    int32_t codec;
    int32_t width;  /* even, 16 to 4096 */
    int32_t height; /* even, 16 to 4096 */
    int32_t bitrate_bps;
    double frames_per_second;
    int32_t speed;   /* 0 best to 10 fastest */
    int32_t threads; /* 1 to 8 */
    int32_t screen_content;
    int32_t layered; /* frames may be discardable: VP8 and VP9 only */
} mcu_video_encoder_settings;

typedef struct mcu_video_encoder mcu_video_encoder;

/* NULL when a setting is out of range or the codec library refuses it. */
MCU_API mcu_video_encoder *mcu_video_encoder_create(const mcu_video_encoder_settings *settings);
MCU_API void mcu_video_encoder_destroy(mcu_video_encoder *encoder);

/* Encodes a picture of exactly the opened size. `pts` counts 1/90000 s and grows from call to call. `changed` is NULL, or one
   byte per 16x16 macroblock, 0 where the pixels equal those of the picture before; it is ignored where it cannot be trusted
   (first frame, keyframe, after a dropped frame). To a `discardable` frame no later one refers, so that a receiver may be left
   without it: only where the encoder was opened for it, and never a keyframe. Returns the bytes of the frame, 0 when it was dropped, -1 on misuse or an
   encoder error; *keyframe tells whether it is decodable alone. mcu_video_encoder_take fetches it before the next call. */
MCU_API int32_t mcu_video_encoder_encode(mcu_video_encoder *encoder, const mcu_picture *picture, int64_t pts,
                                         int32_t force_keyframe, int32_t discardable, const uint8_t *changed,
                                         int32_t changed_size, int32_t *keyframe);

/* Copies the frame encoded last; returns its bytes, or -1 when `capacity` is too small or there is none. */
MCU_API int32_t mcu_video_encoder_take(mcu_video_encoder *encoder, uint8_t *target, int32_t capacity);

/* New rates without reopening and without a keyframe. 0, or -1: then nothing changed. */
MCU_API int32_t mcu_video_encoder_set_rate(mcu_video_encoder *encoder, int32_t bitrate_bps, double frames_per_second);

/* A new speed, 0 to 10, without a keyframe. VP8 and VP9 take it at once, H.264 at the next keyframe. 0, or -1: then nothing changed. */
MCU_API int32_t mcu_video_encoder_set_speed(mcu_video_encoder *encoder, int32_t speed);

#endif
