#include "encoder_backend.h"
#include "mcu_video_decoder.h"

#include <stdlib.h>

struct mcu_video_encoder {
    /* given */
    mcu_video_encoder_settings settings;
    const encoder_backend *backend;
    /* owned */
    void *state;
    /* state */
    int64_t last_pts;
    int32_t pending;  /* bytes waiting to be taken */
    bool map_trusted; /* the last picture given was really encoded, so "unchanged" refers to it */
};

enum { MACROBLOCK = 16 };

static bool rates_are_valid(int32_t bitrate_bps, double frames_per_second) {
    return bitrate_bps >= 10000 && bitrate_bps <= 100000000 && frames_per_second >= 1.0 && frames_per_second <= 120.0;
}

static bool speed_is_valid(int32_t speed) { return speed >= 0 && speed <= 10; }

static bool settings_are_valid(const mcu_video_encoder_settings *s) {
    return s->width >= MACROBLOCK && s->width <= MCU_VIDEO_MAX_SIDE && s->height >= MACROBLOCK &&
           s->height <= MCU_VIDEO_MAX_SIDE && ((s->width | s->height) & 1) == 0 && speed_is_valid(s->speed) &&
           s->threads >= 1 && s->threads <= 8 && rates_are_valid(s->bitrate_bps, s->frames_per_second);
}

mcu_video_encoder *mcu_video_encoder_create(const mcu_video_encoder_settings *settings) {
    if (!settings || !settings_are_valid(settings))
        return NULL;
    const encoder_backend *backend;
    if (settings->codec == MCU_VIDEO_VP8 || settings->codec == MCU_VIDEO_VP9)
        backend = &mcu_vpx_backend;
    else if (settings->codec == MCU_VIDEO_H264)
        backend = &mcu_x264_backend;
    else
        return NULL;

    if (settings->layered && !backend->has_layers)
        return NULL;
    mcu_video_encoder *self = calloc(1, sizeof(*self));
    if (!self)
        return NULL;
    self->settings = *settings;
    self->backend = backend;
    self->last_pts = INT64_MIN;
    self->state = backend->open(settings);
    if (!self->state) {
        free(self);
        return NULL;
    }
    return self;
}

void mcu_video_encoder_destroy(mcu_video_encoder *encoder) {
    if (!encoder)
        return;
    encoder->backend->close(encoder->state);
    free(encoder);
}

static int32_t macroblocks(const mcu_video_encoder *self) {
    return ((self->settings.width + MACROBLOCK - 1) / MACROBLOCK) * ((self->settings.height + MACROBLOCK - 1) / MACROBLOCK);
}

int32_t mcu_video_encoder_encode(mcu_video_encoder *encoder, const mcu_picture *picture, int64_t pts, int32_t force_keyframe,
                                 int32_t discardable, const uint8_t *changed, int32_t changed_size, int32_t *keyframe) {
    if (!encoder || !picture || !picture->data || !keyframe || picture->width != encoder->settings.width ||
        picture->height != encoder->settings.height || (changed && changed_size != macroblocks(encoder)) ||
        (discardable && !encoder->settings.layered))
        return -1;

    /* Rate control divides by the distance of two frames. */
    if (pts <= encoder->last_pts)
        pts = encoder->last_pts + 1;
    encoder->last_pts = pts;

    encode_job job = {.picture = picture, .pts = pts, .force_keyframe = force_keyframe != 0};
    job.discardable = discardable != 0 && !job.force_keyframe;
    job.changed = encoder->map_trusted && !job.force_keyframe ? changed : NULL;
    bool is_keyframe = false;
    int32_t size = encoder->backend->encode(encoder->state, &job, &is_keyframe);
    encoder->pending = size > 0 ? size : 0;
    encoder->map_trusted = size > 0;
    *keyframe = is_keyframe;
    return size;
}

int32_t mcu_video_encoder_take(mcu_video_encoder *encoder, uint8_t *target, int32_t capacity) {
    if (!encoder || !target || encoder->pending == 0 || capacity < encoder->pending)
        return -1;
    int32_t size = encoder->pending;
    encoder->backend->take(encoder->state, target);
    encoder->pending = 0;
    return size;
}

int32_t mcu_video_encoder_set_rate(mcu_video_encoder *encoder, int32_t bitrate_bps, double frames_per_second) {
    if (!encoder || !rates_are_valid(bitrate_bps, frames_per_second))
        return -1;
    return encoder->backend->set_rate(encoder->state, bitrate_bps, frames_per_second) ? 0 : -1;
}

int32_t mcu_video_encoder_set_speed(mcu_video_encoder *encoder, int32_t speed) {
    if (!encoder || !speed_is_valid(speed))
        return -1;
    return encoder->backend->set_speed(encoder->state, speed) ? 0 : -1;
}
