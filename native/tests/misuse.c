/* Wrong handles, sizes and settings are refused, not suffered. */
#include "mcu_g722.h"
#include "mcu_opus.h"
#include "mcu_video_decoder.h"
#include "mcu_video_encoder.h"
#include "picture.h"

#include <math.h>

static void audio(void) {
    float samples[320] = {NAN, INFINITY, -INFINITY, 2.0f};
    uint8_t payload[160];
    CHECK(mcu_opus_encoder_create(24000, 11, 1, 0, 1) == NULL);
    CHECK(mcu_opus_decoder_decode(NULL, payload, 1, samples, 320) < 0);
    CHECK(mcu_opus_decoder_conceal(NULL, samples, 120) < 0);
    mcu_opus_decoder *decoder = mcu_opus_decoder_create();
    CHECK(mcu_opus_decoder_decode(decoder, payload, 0, samples, 320) < 0);
    CHECK(mcu_opus_decoder_decode(decoder, NULL, 5, samples, 320) < 0);
    CHECK(mcu_opus_decoder_conceal(decoder, samples, 7) < 0);
    mcu_opus_decoder_destroy(decoder);
    mcu_opus_decoder_destroy(NULL);
    CHECK(mcu_opus_encoder_reset(NULL) < 0);
    CHECK(mcu_opus_encoder_set_alone(NULL, 1) < 0);
    mcu_opus_encoder_destroy(NULL);

    mcu_g722 *encoder = mcu_g722_encoder_create();
    CHECK(mcu_g722_encode(encoder, samples, payload, 159) == -1);
    CHECK(mcu_g722_encode(encoder, samples, payload, 160) == 160);
    CHECK(mcu_g722_decode(encoder, payload, 160, samples, 320) == -1);
    mcu_g722_destroy(encoder);
    mcu_g722_destroy(NULL);
}

static void video_decoder(void) {
    int32_t width, height;
    uint8_t byte = 0;
    CHECK(mcu_video_decoder_create(3) == NULL);
    CHECK(mcu_video_decoder_create(-1) == NULL);
    mcu_video_decoder_destroy(NULL);
    mcu_video_decoder *decoder = mcu_video_decoder_create(MCU_VIDEO_VP8);
    CHECK(mcu_video_decoder_decode(NULL, &byte, 1, &width, &height) == MCU_DECODED_DAMAGED);
    CHECK(mcu_video_decoder_decode(decoder, NULL, 1, &width, &height) == MCU_DECODED_DAMAGED);
    CHECK(mcu_video_decoder_decode(decoder, &byte, 0, &width, &height) == MCU_DECODED_DAMAGED);
    CHECK(mcu_video_decoder_decode(decoder, &byte, -1, &width, &height) == MCU_DECODED_DAMAGED);
    CHECK(mcu_video_decoder_decode(decoder, &byte, 1, &width, &height) == MCU_DECODED_DAMAGED);
    mcu_picture picture = make_picture(16, 16);
    CHECK(mcu_video_decoder_copy(decoder, &picture) == -1);
    CHECK(mcu_video_decoder_copy(decoder, NULL) == -1);
    free(picture.data);
    mcu_video_decoder_destroy(decoder);
}

static void refused(mcu_video_encoder_settings settings) { CHECK(mcu_video_encoder_create(&settings) == NULL); }

static void video_encoder(int32_t codec) {
    int32_t has_layers = codec != MCU_VIDEO_H264;
    mcu_video_encoder_settings good = {codec, 64, 48, 100000, 30.0, 8, 1, 1, has_layers}, bad = good;
    CHECK(mcu_video_encoder_create(NULL) == NULL);
    mcu_video_encoder_destroy(NULL);
    bad.width = 63;
    refused(bad);
    bad = good, bad.height = 5000;
    refused(bad);
    bad = good, bad.frames_per_second = NAN;
    refused(bad);
    bad = good, bad.threads = 9;
    refused(bad);
    bad = good, bad.codec = 9;
    refused(bad);
    bad = good, bad.layered = 1, bad.codec = MCU_VIDEO_H264;
    refused(bad);

    mcu_video_encoder *encoder = mcu_video_encoder_create(&good);
    CHECK(encoder);
    mcu_picture picture = make_picture(64, 48), other = make_picture(48, 64);
    uint8_t map[12] = {0}, output[65536];
    int32_t keyframe = 0;
    CHECK(mcu_video_encoder_take(encoder, output, sizeof(output)) == -1);
    CHECK(mcu_video_encoder_encode(encoder, &other, 0, 0, 0, NULL, 0, &keyframe) == -1);
    CHECK(mcu_video_encoder_encode(encoder, &picture, 0, 0, 0, map, 11, &keyframe) == -1);
    CHECK(mcu_video_encoder_encode(encoder, NULL, 0, 0, 0, NULL, 0, &keyframe) == -1);
    CHECK(has_layers || mcu_video_encoder_encode(encoder, &picture, 0, 0, 1, NULL, 0, &keyframe) == -1);
    CHECK(mcu_video_encoder_set_rate(encoder, 0, 30.0) == -1);
    CHECK(mcu_video_encoder_set_rate(encoder, 100000, NAN) == -1);
    CHECK(mcu_video_encoder_set_speed(encoder, -1) == -1);
    CHECK(mcu_video_encoder_set_speed(encoder, 11) == -1);
    CHECK(mcu_video_encoder_set_speed(NULL, 5) == -1);
    /* Time that stands still or runs back, and maps on every kind of frame, still give frames. */
    for (int32_t i = 0; i < 40; i++) {
        draw(&picture, i);
        int32_t size = mcu_video_encoder_encode(encoder, &picture, 100 - i, i % 10 == 9, has_layers && i % 3 == 1, map, 12, &keyframe);
        CHECK(size >= 0);
        CHECK(size == 0 || mcu_video_encoder_take(encoder, output, sizeof(output)) == size);
        CHECK(mcu_video_encoder_set_rate(encoder, 50000 + 10000 * i, 5.0 + i) == 0);
        CHECK(mcu_video_encoder_set_speed(encoder, i % 11) == 0);
    }
    free(picture.data);
    free(other.data);
    mcu_video_encoder_destroy(encoder);
}

int main(void) {
    audio();
    video_decoder();
    video_encoder(MCU_VIDEO_VP8);
    video_encoder(MCU_VIDEO_VP9);
    video_encoder(MCU_VIDEO_H264);
    return 0;
}
