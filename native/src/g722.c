#include "mcu_g722.h"

#include <libavcodec/avcodec.h>
#include <math.h>
#include <string.h>

struct mcu_g722 {
    AVCodecContext *context;
    AVPacket *packet;
    AVFrame *frame;
    uint8_t input[MCU_G722_MAX_BYTES + AV_INPUT_BUFFER_PADDING_SIZE];
};

static mcu_g722 *create(const AVCodec *codec) {
    mcu_g722 *self = calloc(1, sizeof(*self));
    if (!self)
        return NULL;
    self->context = codec ? avcodec_alloc_context3(codec) : NULL;
    self->packet = av_packet_alloc();
    self->frame = av_frame_alloc();
    if (!self->context || !self->packet || !self->frame) {
        mcu_g722_destroy(self);
        return NULL;
    }

    self->context->sample_rate = 16000;
    self->context->sample_fmt = AV_SAMPLE_FMT_S16;
    self->context->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    self->context->frame_size = MCU_G722_FRAME_SAMPLES;
    self->context->thread_count = 1;
    if (avcodec_open2(self->context, codec, NULL) < 0) {
        mcu_g722_destroy(self);
        return NULL;
    }
    return self;
}

mcu_g722 *mcu_g722_decoder_create(void) { return create(avcodec_find_decoder(AV_CODEC_ID_ADPCM_G722)); }

mcu_g722 *mcu_g722_encoder_create(void) {
    mcu_g722 *self = create(avcodec_find_encoder(AV_CODEC_ID_ADPCM_G722));
    if (!self)
        return NULL;
    self->frame->format = AV_SAMPLE_FMT_S16;
    self->frame->nb_samples = MCU_G722_FRAME_SAMPLES;
    self->frame->sample_rate = 16000;
    self->frame->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    if (av_frame_get_buffer(self->frame, 0) < 0) {
        mcu_g722_destroy(self);
        return NULL;
    }
    return self;
}

void mcu_g722_destroy(mcu_g722 *codec) {
    if (!codec)
        return;
    avcodec_free_context(&codec->context);
    av_packet_free(&codec->packet);
    av_frame_free(&codec->frame);
    free(codec);
}

int32_t mcu_g722_decode(mcu_g722 *codec, const uint8_t *payload, int32_t size, float *samples, int32_t capacity) {
    if (!codec || !av_codec_is_decoder(codec->context->codec) || !payload || !samples)
        return -1;
    if (size <= 0 || size > MCU_G722_MAX_BYTES || capacity < 2 * size)
        return -1;

    /* libavcodec reads a little past the end: give it a copy that has the room. */
    memcpy(codec->input, payload, (size_t)size);
    memset(codec->input + size, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    codec->packet->data = codec->input;
    codec->packet->size = size;
    int sent = avcodec_send_packet(codec->context, codec->packet);
    codec->packet->data = NULL;
    codec->packet->size = 0;
    if (sent < 0 || avcodec_receive_frame(codec->context, codec->frame) < 0)
        return -1;

    int32_t count = codec->frame->nb_samples;
    if (count > capacity)
        count = capacity;
    const int16_t *pcm = (const int16_t *)codec->frame->data[0];
    for (int32_t i = 0; i < count; i++)
        samples[i] = (float)pcm[i] * (1.0f / 32768.0f);
    av_frame_unref(codec->frame);
    return count;
}

static int16_t to_pcm(float sample) {
    if (!(sample > -1.0f)) /* also where it is not a number */
        return -32768;
    return sample >= 32767.0f / 32768.0f ? 32767 : (int16_t)lrintf(sample * 32768.0f);
}

int32_t mcu_g722_encode(mcu_g722 *codec, const float *samples, uint8_t *payload, int32_t capacity) {
    if (!codec || !av_codec_is_encoder(codec->context->codec) || !samples || !payload)
        return -1;
    if (capacity < MCU_G722_FRAME_BYTES || av_frame_make_writable(codec->frame) < 0)
        return -1;

    int16_t *pcm = (int16_t *)codec->frame->data[0];
    for (int32_t i = 0; i < MCU_G722_FRAME_SAMPLES; i++)
        pcm[i] = to_pcm(samples[i]);
    if (avcodec_send_frame(codec->context, codec->frame) < 0)
        return -1;
    if (avcodec_receive_packet(codec->context, codec->packet) < 0)
        return -1;

    int32_t size = codec->packet->size <= capacity ? codec->packet->size : -1;
    if (size > 0)
        memcpy(payload, codec->packet->data, (size_t)size);
    av_packet_unref(codec->packet);
    return size;
}
