#include "encoder_backend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <x264.h>

/* Seconds of the target bitrate that the decoder's buffer holds: room for a keyframe, little room for delay. */
#define VBV_SECONDS 0.6

typedef struct x264_state {
    /* owned */
    x264_t *encoder;
    uint8_t *info; /* per macroblock, X264_MBINFO_ */
    /* state */
    mcu_video_encoder_settings settings; /* as now wanted */
    x264_param_t param;
    const char *preset; /* as opened with */
    double opened_fps;
    size_t blocks;
    int64_t frames;
    x264_nal_t *nals; /* owned by libx264, valid until the next encode */
    int nal_count;
} x264_state;

/* libx264 cannot change its frame rate while running, so bits per frame are kept right through the bitrate. */
static void apply_rates(x264_state *self, int32_t bitrate_bps, double frames_per_second) {
    double kbps = bitrate_bps / 1000.0;
    int scaled = (int)lround(kbps * self->opened_fps / frames_per_second);
    self->param.rc.i_bitrate = scaled > 1 ? scaled : 1;
    self->param.rc.i_vbv_max_bitrate = self->param.rc.i_bitrate;
    self->param.rc.i_vbv_buffer_size = (int)lround(fmax(kbps * VBV_SECONDS, 2.0 * kbps / frames_per_second));
    if (self->param.rc.i_vbv_buffer_size < 1)
        self->param.rc.i_vbv_buffer_size = 1;
}

static const char *preset_for(int32_t speed) { return speed >= 9 ? "ultrafast" : speed >= 6 ? "superfast" : "veryfast"; }

static bool configure(x264_state *self, const mcu_video_encoder_settings *s) {
    x264_param_t *param = &self->param;
    self->preset = preset_for(s->speed);
    if (x264_param_default_preset(param, self->preset, "zerolatency") < 0)
        return false;
    param->i_log_level = X264_LOG_NONE;
    param->i_width = s->width;
    param->i_height = s->height;
    param->i_csp = X264_CSP_I420;
    param->i_threads = s->threads;
    param->b_sliced_threads = s->threads > 1;
    param->i_fps_num = (uint32_t)lround(s->frames_per_second * 1000.0);
    param->i_fps_den = 1000;
    param->i_keyint_max = X264_KEYINT_MAX_INFINITE;
    param->i_scenecut_threshold = 0;
    param->b_intra_refresh = 0;
    param->b_repeat_headers = 1;
    param->b_annexb = 1;
    param->b_aud = 0;
    param->analyse.b_mb_info = 1;
    param->vui.b_fullrange = 0;
    param->vui.i_colorprim = 6; /* SMPTE 170M: what I420 is here */
    param->vui.i_transfer = 6;
    param->vui.i_colmatrix = 6;
    param->rc.i_rc_method = X264_RC_ABR;
    param->rc.f_vbv_buffer_init = 0.7f;
    if (s->screen_content) {
        param->analyse.b_fast_pskip = 1;
        param->rc.f_aq_strength = 0.6f;
    }
    apply_rates(self, s->bitrate_bps, s->frames_per_second);
    /* libx264's baseline is the constrained one (no FMO, ASO): profile-level-id 42e0xx. */
    return x264_param_apply_profile(param, "baseline") == 0;
}

static void x264_close(void *state) {
    x264_state *self = state;
    if (self->encoder)
        x264_encoder_close(self->encoder);
    x264_param_cleanup(&self->param);
    free(self->info);
    free(self);
}

/* Opens libx264 with the settings now wanted; where it refuses, what there was goes on. */
static bool reopen(x264_state *self) {
    x264_param_cleanup(&self->param);
    self->opened_fps = self->settings.frames_per_second;
    x264_t *encoder = configure(self, &self->settings) ? x264_encoder_open(&self->param) : NULL;
    if (!encoder)
        return false;
    if (self->encoder)
        x264_encoder_close(self->encoder);
    self->encoder = encoder;
    return true;
}

static void *x264_open(const mcu_video_encoder_settings *s) {
    x264_state *self = calloc(1, sizeof(*self));
    if (!self)
        return NULL;
    self->settings = *s;
    self->blocks = (size_t)((s->width + 15) / 16) * (size_t)((s->height + 15) / 16);
    self->info = calloc(self->blocks, 1);
    if (!self->info || !reopen(self)) {
        x264_close(self);
        return NULL;
    }
    return self;
}

static void fill_picture(x264_state *self, const encode_job *job, x264_picture_t *input) {
    const mcu_picture *picture = job->picture;
    x264_picture_init(input);
    input->i_type = job->force_keyframe ? X264_TYPE_IDR : X264_TYPE_AUTO;
    input->i_pts = self->frames++;
    input->img.i_csp = X264_CSP_I420;
    input->img.i_plane = 3;
    input->img.plane[0] = picture->data;
    input->img.plane[1] = picture->data + picture->offset_u;
    input->img.plane[2] = picture->data + picture->offset_v;
    input->img.i_stride[0] = picture->stride_y;
    input->img.i_stride[1] = picture->stride_uv;
    input->img.i_stride[2] = picture->stride_uv;
    if (!job->changed)
        return;
    /* libx264 remembers each block's quality and refines a constant block whose last coding was coarser. */
    for (size_t i = 0; i < self->blocks; i++)
        self->info[i] = job->changed[i] ? 0 : X264_MBINFO_CONSTANT;
    input->prop.mb_info = self->info;
}

/* The only SEI written is libx264's own version, hundreds of bytes before a keyframe that nobody reads. */
static bool is_sent(const x264_nal_t *nal) { return nal->i_type != NAL_SEI; }

static int32_t x264_encode(void *state, const encode_job *job, bool *keyframe) {
    x264_state *self = state;
    x264_picture_t input, output;
    fill_picture(self, job, &input);
    self->nal_count = 0;
    /* libx264 cannot change its preset while running, but a keyframe may as well come from a new encoder. */
    if (job->force_keyframe && self->preset != preset_for(self->settings.speed) && !reopen(self))
        return -1;
    if (x264_encoder_encode(self->encoder, &self->nals, &self->nal_count, &input, &output) < 0) {
        self->nal_count = 0;
        return -1;
    }
    int32_t size = 0;
    for (int i = 0; i < self->nal_count; i++)
        size += is_sent(&self->nals[i]) ? self->nals[i].i_payload : 0;
    *keyframe = self->nal_count > 0 && output.b_keyframe != 0;
    return size;
}

static void x264_take(void *state, uint8_t *target) {
    const x264_state *self = state;
    for (int i = 0; i < self->nal_count; i++) {
        const x264_nal_t *nal = &self->nals[i];
        if (!is_sent(nal))
            continue;
        memcpy(target, nal->p_payload, (size_t)nal->i_payload);
        target += nal->i_payload;
    }
}

static bool x264_set_rate(void *state, int32_t bitrate_bps, double frames_per_second) {
    x264_state *self = state;
    self->settings.bitrate_bps = bitrate_bps;
    self->settings.frames_per_second = frames_per_second;
    apply_rates(self, bitrate_bps, frames_per_second);
    return x264_encoder_reconfig(self->encoder, &self->param) == 0;
}

static bool x264_set_speed(void *state, int32_t speed) {
    x264_state *self = state;
    self->settings.speed = speed;
    return true;
}

const encoder_backend mcu_x264_backend = {false, x264_open, x264_close, x264_encode, x264_take, x264_set_rate, x264_set_speed};
