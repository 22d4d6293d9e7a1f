/* What mcu_video_encoder needs of a codec library. Internal. */
#ifndef MCU_ENCODER_BACKEND_H
#define MCU_ENCODER_BACKEND_H

#include "mcu_video_encoder.h"

#include <stdbool.h>

typedef struct encode_job {
    const mcu_picture *picture;
    int64_t pts; /* 1/90000 s, strictly growing */
    bool force_keyframe;
    bool discardable; /* never together with a keyframe */
    const uint8_t *changed; /* one byte per macroblock, or NULL: all */
} encode_job;

typedef struct encoder_backend {
    bool has_layers;
    void *(*open)(const mcu_video_encoder_settings *settings);
    void (*close)(void *state);
    /* Bytes of the frame, 0 when dropped, -1 on error. */
    int32_t (*encode)(void *state, const encode_job *job, bool *keyframe);
    /* Copies the frame, whose size the caller has checked. */
    void (*take)(void *state, uint8_t *target);
    bool (*set_rate)(void *state, int32_t bitrate_bps, double frames_per_second);
    bool (*set_speed)(void *state, int32_t speed);
} encoder_backend;

extern const encoder_backend mcu_vpx_backend;
extern const encoder_backend mcu_x264_backend;

#endif
