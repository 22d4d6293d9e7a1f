#include "mcu_video_decoder.h"

#include <libavcodec/avcodec.h>
#include <libyuv/convert.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_FRAMES_IN_PACKET = 16 };

struct mcu_video_decoder {
    /* given */
    const AVCodec *codec;
    /* owned */
    AVCodecContext *context; /* NULL while it cannot be opened again */
    AVPacket *packet;
    AVBufferRef *input; /* reused for each packet unless libavcodec still holds it */
    AVFrame *received;
    AVFrame *picture;
    /* state */
    bool broken;  /* nothing to build on: at the start, and after damage until a picture comes that needs nothing before it */
    bool has_decoded; /* since the context was opened */
    bool lagging; /* an H.264 picture was held back for reordering */
};

static const AVCodec *find(int32_t codec) {
    /* By name: libavcodec may know several decoders of one id, such as hardware or libvpx wrappers. */
    switch (codec) {
    case MCU_VIDEO_VP8:
        return avcodec_find_decoder_by_name("vp8");
    case MCU_VIDEO_VP9:
        return avcodec_find_decoder_by_name("vp9");
    case MCU_VIDEO_H264:
        return avcodec_find_decoder_by_name("h264");
    default:
        return NULL;
    }
}

static bool open_context(mcu_video_decoder *self) {
    AVCodecContext *context = self->context = avcodec_alloc_context3(self->codec);
    if (!context)
        return false;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->error_concealment = FF_EC_GUESS_MVS | FF_EC_DEBLOCK;
    context->max_pixels = (int64_t)MCU_VIDEO_MAX_SIDE * MCU_VIDEO_MAX_SIDE;
    if (avcodec_open2(context, self->codec, NULL) < 0)
        avcodec_free_context(&self->context);
    self->has_decoded = false;
    self->lagging = false;
    return self->context != NULL;
}

mcu_video_decoder *mcu_video_decoder_create(int32_t codec) {
    const AVCodec *found = find(codec);
    if (!found)
        return NULL;
    av_log_set_level(AV_LOG_QUIET); /* damaged input is daily bread, and the caller is told */
    mcu_video_decoder *self = calloc(1, sizeof(*self));
    if (!self)
        return NULL;
    self->codec = found;
    self->broken = true;
    self->packet = av_packet_alloc();
    self->received = av_frame_alloc();
    self->picture = av_frame_alloc();
    if (!self->packet || !self->received || !self->picture || !open_context(self)) {
        mcu_video_decoder_destroy(self);
        return NULL;
    }
    return self;
}

void mcu_video_decoder_destroy(mcu_video_decoder *decoder) {
    if (!decoder)
        return;
    avcodec_free_context(&decoder->context);
    av_packet_free(&decoder->packet);
    av_buffer_unref(&decoder->input);
    av_frame_free(&decoder->received);
    av_frame_free(&decoder->picture);
    free(decoder);
}

/* libavcodec reads a little past the end of its input, so it gets a padded copy. */
static bool fill_packet(mcu_video_decoder *self, const uint8_t *data, int32_t size) {
    size_t needed = (size_t)size + AV_INPUT_BUFFER_PADDING_SIZE;
    if (!self->input || self->input->size < needed || !av_buffer_is_writable(self->input)) {
        av_buffer_unref(&self->input);
        self->input = av_buffer_alloc(needed + needed / 2);
        if (!self->input)
            return false;
    }
    memcpy(self->input->data, data, (size_t)size);
    memset(self->input->data + size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    self->packet->buf = av_buffer_ref(self->input);
    self->packet->data = self->input->data;
    self->packet->size = size;
    return self->packet->buf != NULL;
}

enum { NAL_SLICE = 1, NAL_PARTITION_A = 2, NAL_IDR = 5, NAL_SPS = 7, NAL_PPS = 8 };

/* Which NAL unit types an access unit has, one bit each (ITU-T H.264 table 7-1). */
static uint32_t nal_types(const uint8_t *data, int32_t size) {
    uint32_t types = 0;
    for (int32_t i = 0; i + 3 < size; i++)
        if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1)
            types |= 1u << (data[i + 3] & 0x1F);
    return types;
}

static bool has_slice(uint32_t types) { return (types & (1u << NAL_SLICE | 1u << NAL_PARTITION_A | 1u << NAL_IDR)) != 0; }

static bool has_only_parameters(uint32_t types) {
    return !has_slice(types) && (types & (1u << NAL_SPS | 1u << NAL_PPS)) != 0;
}

/* Forgets all pictures and what libavcodec learned of reordering; parameter sets stay. */
static void restart(mcu_video_decoder *self) {
    /* libavcodec 59's VP9 decoder zeroes its size at a header it refuses and then refuses good ones of the old size for ever. */
    if (self->has_decoded && self->context->width == 0) {
        avcodec_free_context(&self->context);
        open_context(self);
        return;
    }
    avcodec_flush_buffers(self->context);
    self->context->has_b_frames = 0;
    self->lagging = false;
}

static bool is_usable(const AVFrame *frame) {
    return frame->width >= MCU_VIDEO_MIN_SIDE && frame->width <= MCU_VIDEO_MAX_SIDE && frame->height >= MCU_VIDEO_MIN_SIDE &&
           frame->height <= MCU_VIDEO_MAX_SIDE && (frame->flags & AV_FRAME_FLAG_CORRUPT) == 0 && frame->decode_error_flags == 0;
}

/* Sends the packet and keeps the last picture that comes out (a VP9 superframe may show two). After an error libavcodec may
   still hold frames of the superframe, which would stand before the next packet: they are fetched until it asks for more. */
static int32_t run(mcu_video_decoder *self) {
    int32_t result = avcodec_send_packet(self->context, self->packet) < 0 ? MCU_DECODED_DAMAGED : MCU_DECODED_NOTHING;
    for (int errors = 0; errors < MAX_FRAMES_IN_PACKET;) {
        int received = avcodec_receive_frame(self->context, self->received);
        if (received == AVERROR(EAGAIN))
            return result;
        if (received < 0 || !is_usable(self->received)) {
            result = MCU_DECODED_DAMAGED;
            errors++;
            continue;
        }
        av_frame_unref(self->picture);
        av_frame_move_ref(self->picture, self->received);
        self->has_decoded = true;
        if (result == MCU_DECODED_NOTHING)
            result = MCU_DECODED_PICTURE;
    }
    return MCU_DECODED_DAMAGED;
}

/* Baseline has no B-frames, yet libavcodec may delay it by a picture once its order counts have had a gap. */
static bool delays_needlessly(const mcu_video_decoder *self) {
    return self->lagging && (self->context->profile & ~FF_PROFILE_H264_CONSTRAINED) == FF_PROFILE_H264_BASELINE;
}

static int32_t decode_h264(mcu_video_decoder *self, const uint8_t *data, int32_t size) {
    uint32_t types = nal_types(data, size);
    if (types & 1u << NAL_IDR && delays_needlessly(self))
        restart(self);
    int32_t result = self->context ? run(self) : MCU_DECODED_DAMAGED;
    /* libavcodec takes parameter sets that come alone, but calls it an error. */
    if (has_only_parameters(types))
        return MCU_DECODED_NOTHING;
    if (result == MCU_DECODED_NOTHING && has_slice(types)) {
        self->lagging = true;
        if (self->broken)
            return MCU_DECODED_DAMAGED;
    }
    return result;
}

int32_t mcu_video_decoder_decode(mcu_video_decoder *decoder, const uint8_t *data, int32_t size, int32_t *width,
                                 int32_t *height) {
    if (!decoder || !data || size <= 0 || size > INT32_MAX / 2 || !width || !height)
        return MCU_DECODED_DAMAGED;
    av_frame_unref(decoder->picture);
    int32_t result = MCU_DECODED_DAMAGED;
    if (!decoder->context && !open_context(decoder))
        return result;
    if (fill_packet(decoder, data, size))
        result = decoder->context->codec_id == AV_CODEC_ID_H264 ? decode_h264(decoder, data, size) : run(decoder);
    av_packet_unref(decoder->packet);

    if (result == MCU_DECODED_PICTURE && decoder->picture->key_frame)
        decoder->broken = false;
    if (result == MCU_DECODED_PICTURE && !decoder->broken) {
        *width = decoder->picture->width;
        *height = decoder->picture->height;
        return MCU_DECODED_PICTURE;
    }

    av_frame_unref(decoder->picture);
    if (result == MCU_DECODED_NOTHING)
        return MCU_DECODED_NOTHING;
    if (decoder->context && (!decoder->broken || decoder->context->width == 0))
        restart(decoder);
    decoder->broken = true;
    return MCU_DECODED_DAMAGED;
}

/* Full range (JPEG) to limited range: luma 0..255 to 16..235, chroma 0..255 to 16..240. */
static void narrow(uint8_t *plane, int32_t stride, int32_t width, int32_t height, int32_t span, int32_t low) {
    uint8_t table[256];
    for (int32_t i = 0; i < 256; i++)
        table[i] = (uint8_t)(low + (i * span + 127) / 255);
    for (int32_t y = 0; y < height; y++, plane += stride)
        for (int32_t x = 0; x < width; x++)
            plane[x] = table[plane[x]];
}

typedef int (*convert)(const uint8_t *, int, const uint8_t *, int, const uint8_t *, int, uint8_t *, int, uint8_t *, int, uint8_t *,
                       int, int, int);

static convert converter(int format) {
    switch (format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
        return I420Copy;
    case AV_PIX_FMT_YUV422P:
    case AV_PIX_FMT_YUVJ422P:
        return I422ToI420;
    case AV_PIX_FMT_YUV444P:
    case AV_PIX_FMT_YUVJ444P:
        return I444ToI420;
    default:
        return NULL;
    }
}

int32_t mcu_video_decoder_copy(mcu_video_decoder *decoder, const mcu_picture *target) {
    if (!decoder || !target || !target->data)
        return -1;
    const AVFrame *frame = decoder->picture;
    if (!frame->data[0] || target->width != frame->width || target->height != frame->height)
        return -1;

    uint8_t *y = target->data, *u = target->data + target->offset_u, *v = target->data + target->offset_v;
    convert planar = converter(frame->format);
    int failed;
    if (planar)
        failed = planar(frame->data[0], frame->linesize[0], frame->data[1], frame->linesize[1], frame->data[2],
                        frame->linesize[2], y, target->stride_y, u, target->stride_uv, v, target->stride_uv, frame->width,
                        frame->height);
    else if (frame->format == AV_PIX_FMT_GRAY8)
        failed = I400ToI420(frame->data[0], frame->linesize[0], y, target->stride_y, u, target->stride_uv, v,
                            target->stride_uv, frame->width, frame->height);
    else
        return -1;
    if (failed)
        return -1;

    if (frame->color_range == AVCOL_RANGE_JPEG) {
        int32_t width = (frame->width + 1) / 2, height = (frame->height + 1) / 2;
        narrow(y, target->stride_y, frame->width, frame->height, 219, 16);
        narrow(u, target->stride_uv, width, height, 224, 16);
        narrow(v, target->stride_uv, width, height, 224, 16);
    }
    return 0;
}
