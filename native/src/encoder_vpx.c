#include "encoder_backend.h"
#include "mcu_video_decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

enum {
    CLOCK_RATE = 90000,
    MACROBLOCK = 16,
    /* A block that stops changing stays active for so many frames, so that it sharpens before it freezes: libvpx copies an
       inactive block as it is, however coarse the keyframe or motion left it. */
    SETTLE_FRAMES = 12,
};

static const vpx_enc_frame_flags_t UPDATE_NOTHING =
    VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF | VP8_EFLAG_NO_UPD_ENTROPY;

typedef struct vpx_state {
    /* owned */
    vpx_codec_ctx_t context;
    uint8_t *active; /* per macroblock: what libvpx is told */
    uint8_t *settle; /* per macroblock: frames until it may freeze */
    /* state */
    vpx_codec_enc_cfg_t config;
    int32_t codec; /* MCU_VIDEO_ */
    unsigned long frame_duration; /* 1/90000 s */
    int32_t columns;
    int32_t rows;
    bool map_set;
    const vpx_codec_cx_pkt_t *packet; /* owned by libvpx, valid until the next encode */
} vpx_state;

static void apply_rates(vpx_state *self, int32_t bitrate_bps, double frames_per_second) {
    self->config.rc_target_bitrate = (unsigned int)((bitrate_bps + 500) / 1000);
    self->frame_duration = (unsigned long)(CLOCK_RATE / frames_per_second);
}

static void configure(vpx_state *self, const mcu_video_encoder_settings *s) {
    vpx_codec_enc_cfg_t *config = &self->config;
    config->g_w = (unsigned int)s->width;
    config->g_h = (unsigned int)s->height;
    config->g_threads = (unsigned int)s->threads;
    config->g_timebase = (vpx_rational_t){1, CLOCK_RATE};
    config->g_pass = VPX_RC_ONE_PASS;
    config->g_lag_in_frames = 0;
    /* Losses are repaired by retransmission and keyframes; carrying entropy state over is worth several per cent. But a VP9 frame takes
       motion vectors from the frame before as well, which a receiver may have been left without. */
    config->g_error_resilient = s->layered && s->codec == MCU_VIDEO_VP9 ? VPX_ERROR_RESILIENT_DEFAULT : 0;
    config->kf_mode = VPX_KF_DISABLED; /* on request only */
    config->rc_end_usage = VPX_CBR;
    config->rc_resize_allowed = 0;
    config->rc_dropframe_thresh = 20;
    config->rc_min_quantizer = 2;
    config->rc_max_quantizer = s->codec == MCU_VIDEO_VP8 ? 60 : 58;
    config->rc_undershoot_pct = 100;
    config->rc_overshoot_pct = 15;
    /* Milliseconds at the target bitrate; of the slowest streams room for two frames. */
    unsigned int initial = (unsigned int)fmax(400, 2000 / s->frames_per_second);
    config->rc_buf_sz = initial * 3 / 2;
    config->rc_buf_initial_sz = initial;
    config->rc_buf_optimal_sz = initial * 5 / 4;
    apply_rates(self, s->bitrate_bps, s->frames_per_second);
}

/* libvpx: VP8 -4 (best) to -12, VP9 5 to 9. */
static bool control_speed(vpx_codec_ctx_t *context, int32_t codec, int32_t speed) {
    int cpu_used = codec == MCU_VIDEO_VP8 ? -(4 + (speed * 8 + 5) / 10) : 5 + (speed * 4 + 5) / 10;
    return vpx_codec_control(context, VP8E_SET_CPUUSED, cpu_used) == VPX_CODEC_OK;
}

/* Per cent of a frame's share of the bits: a keyframe takes 150 ms of the line, so that it is no freeze, but no less than two frames and a bit.
   Where frames are seconds apart all are keyframes. */
static unsigned int keyframe_limit(double frames_per_second) {
    return frames_per_second < 3 ? 120 : (unsigned int)fmin(fmax(15 * frames_per_second, 225), 450);
}

static bool control_both(vpx_codec_ctx_t *context, const mcu_video_encoder_settings *s) {
    return control_speed(context, s->codec, s->speed) &&
           vpx_codec_control(context, VP8E_SET_STATIC_THRESHOLD, s->screen_content ? 100 : 1) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP8E_SET_MAX_INTRA_BITRATE_PCT, keyframe_limit(s->frames_per_second)) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP8E_SET_ENABLEAUTOALTREF, 0) == VPX_CODEC_OK;
}

static bool control_vp8(vpx_codec_ctx_t *context, const mcu_video_encoder_settings *s) {
    return vpx_codec_control(context, VP8E_SET_NOISE_SENSITIVITY, 0) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP8E_SET_TOKEN_PARTITIONS, s->threads > 1 ? VP8_TWO_TOKENPARTITION : VP8_ONE_TOKENPARTITION) ==
               VPX_CODEC_OK &&
           vpx_codec_control(context, VP8E_SET_SCREEN_CONTENT_MODE, s->screen_content ? 1 : 0) == VPX_CODEC_OK;
}

static bool control_vp9(vpx_codec_ctx_t *context, const mcu_video_encoder_settings *s) {
    int tiles = 0; /* log2; a tile is at least 256 pixels wide */
    while ((2 << tiles) <= s->threads && (256 << (tiles + 1)) <= s->width)
        tiles++;
    return vpx_codec_control(context, VP9E_SET_NOISE_SENSITIVITY, 0) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP9E_SET_TILE_COLUMNS, tiles) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP9E_SET_ROW_MT, s->threads > 1) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP9E_SET_FRAME_PARALLEL_DECODING, 0) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP9E_SET_AQ_MODE, 3) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP9E_SET_COLOR_SPACE, VPX_CS_BT_601) == VPX_CODEC_OK &&
           vpx_codec_control(context, VP9E_SET_TUNE_CONTENT, s->screen_content ? VP9E_CONTENT_SCREEN : VP9E_CONTENT_DEFAULT) ==
               VPX_CODEC_OK;
}

static void vpx_close(void *state) {
    vpx_state *self = state;
    if (self->context.iface)
        vpx_codec_destroy(&self->context);
    free(self->active);
    free(self->settle);
    free(self);
}

static void *vpx_open(const mcu_video_encoder_settings *s) {
    vpx_codec_iface_t *interface = s->codec == MCU_VIDEO_VP8 ? vpx_codec_vp8_cx() : vpx_codec_vp9_cx();
    vpx_state *self = calloc(1, sizeof(*self));
    if (!self)
        return NULL;
    self->columns = (s->width + MACROBLOCK - 1) / MACROBLOCK;
    self->rows = (s->height + MACROBLOCK - 1) / MACROBLOCK;
    size_t blocks = (size_t)self->columns * (size_t)self->rows;
    self->active = malloc(blocks);
    self->settle = malloc(blocks);
    if (!self->active || !self->settle || vpx_codec_enc_config_default(interface, &self->config, 0) != VPX_CODEC_OK) {
        vpx_close(self);
        return NULL;
    }

    self->codec = s->codec;
    configure(self, s);
    bool ready = vpx_codec_enc_init(&self->context, interface, &self->config, 0) == VPX_CODEC_OK && control_both(&self->context, s) &&
                 (s->codec == MCU_VIDEO_VP8 ? control_vp8(&self->context, s) : control_vp9(&self->context, s));
    if (!ready) {
        vpx_close(self);
        return NULL;
    }
    return self;
}

/* Tells libvpx which blocks to look at. Without a map, or where nothing may freeze yet, all of them. What a discardable frame shows is not
   kept, so it brings no block nearer to freezing. */
static bool set_active_map(vpx_state *self, const encode_job *job) {
    const uint8_t *changed = job->changed;
    uint8_t spent = job->discardable ? 0 : 1;
    size_t blocks = (size_t)self->columns * (size_t)self->rows;
    bool any_frozen = false;
    if (!changed) {
        memset(self->settle, SETTLE_FRAMES, blocks);
    } else {
        for (size_t i = 0; i < blocks; i++) {
            uint8_t left = changed[i] ? SETTLE_FRAMES : self->settle[i];
            self->active[i] = left > 0;
            self->settle[i] = left > 0 ? left - spent : 0;
            any_frozen |= left == 0;
        }
    }
    if (!any_frozen && !self->map_set)
        return true;

    vpx_active_map_t map = {
        .active_map = any_frozen ? self->active : NULL,
        .rows = (unsigned int)self->rows,
        .cols = (unsigned int)self->columns,
    };
    self->map_set = any_frozen;
    return vpx_codec_control(&self->context, VP8E_SET_ACTIVEMAP, &map) == VPX_CODEC_OK;
}

static vpx_image_t wrap(const mcu_picture *picture) {
    vpx_image_t image;
    vpx_img_wrap(&image, VPX_IMG_FMT_I420, (unsigned int)picture->width, (unsigned int)picture->height, 1, picture->data);
    image.planes[VPX_PLANE_Y] = picture->data;
    image.planes[VPX_PLANE_U] = picture->data + picture->offset_u;
    image.planes[VPX_PLANE_V] = picture->data + picture->offset_v;
    image.stride[VPX_PLANE_Y] = picture->stride_y;
    image.stride[VPX_PLANE_U] = picture->stride_uv;
    image.stride[VPX_PLANE_V] = picture->stride_uv;
    image.cs = VPX_CS_BT_601;
    image.range = VPX_CR_STUDIO_RANGE;
    return image;
}

static int32_t vpx_encode(void *state, const encode_job *job, bool *keyframe) {
    vpx_state *self = state;
    self->packet = NULL;
    if (!set_active_map(self, job))
        return -1;
    vpx_image_t image = wrap(job->picture);
    vpx_enc_frame_flags_t flags = job->force_keyframe ? VPX_EFLAG_FORCE_KF : job->discardable ? UPDATE_NOTHING : 0;
    if (vpx_codec_encode(&self->context, &image, job->pts, self->frame_duration, flags, VPX_DL_REALTIME) != VPX_CODEC_OK)
        return -1;

    vpx_codec_iter_t iterator = NULL;
    const vpx_codec_cx_pkt_t *packet;
    while ((packet = vpx_codec_get_cx_data(&self->context, &iterator)) != NULL) {
        if (packet->kind == VPX_CODEC_CX_FRAME_PKT && packet->data.frame.sz > 0 && packet->data.frame.sz <= INT32_MAX)
            self->packet = packet;
    }
    if (!self->packet)
        return 0;
    *keyframe = (self->packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
    return (int32_t)self->packet->data.frame.sz;
}

static void vpx_take(void *state, uint8_t *target) {
    const vpx_state *self = state;
    memcpy(target, self->packet->data.frame.buf, self->packet->data.frame.sz);
}

static bool vpx_set_rate(void *state, int32_t bitrate_bps, double frames_per_second) {
    vpx_state *self = state;
    apply_rates(self, bitrate_bps, frames_per_second);
    return vpx_codec_enc_config_set(&self->context, &self->config) == VPX_CODEC_OK;
}

static bool vpx_set_speed(void *state, int32_t speed) {
    vpx_state *self = state;
    return control_speed(&self->context, self->codec, speed);
}

const encoder_backend mcu_vpx_backend = {true, vpx_open, vpx_close, vpx_encode, vpx_take, vpx_set_rate, vpx_set_speed};
