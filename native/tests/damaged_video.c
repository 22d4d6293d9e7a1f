/* Damaged and truncated frames into each video decoder: no crash, no read beyond the input, and a keyframe heals. */
#include "mcu_video_decoder.h"
#include "mcu_video_encoder.h"
#include "picture.h"

enum { WIDTH = 160, HEIGHT = 96, FRAMES = 16, ROUNDS = 1500 };

typedef struct clip {
    uint8_t *data[FRAMES];
    int32_t size[FRAMES];
} clip;

static clip encode(int32_t codec) {
    mcu_video_encoder_settings settings = {codec, WIDTH, HEIGHT, 300000, 30.0, 8, 1, 0};
    mcu_video_encoder *encoder = mcu_video_encoder_create(&settings);
    CHECK(encoder);
    mcu_picture picture = make_picture(WIDTH, HEIGHT);
    clip result;
    for (int32_t i = 0; i < FRAMES; i++) {
        int32_t keyframe = -1;
        draw(&picture, i);
        result.size[i] = mcu_video_encoder_encode(encoder, &picture, i * 3000, 0, 0, NULL, 0, &keyframe);
        CHECK(result.size[i] > 0);
        CHECK(keyframe == (i == 0));
        result.data[i] = malloc((size_t)result.size[i]);
        CHECK(mcu_video_encoder_take(encoder, result.data[i], result.size[i] - 1) == -1);
        CHECK(mcu_video_encoder_take(encoder, result.data[i], result.size[i]) == result.size[i]);
        CHECK(mcu_video_encoder_take(encoder, result.data[i], result.size[i]) == -1);
    }
    free(picture.data);
    mcu_video_encoder_destroy(encoder);
    return result;
}

/* Decodes from a block of exactly `size` bytes, and copies what comes out into one of exactly its size. */
static int32_t decode(mcu_video_decoder *decoder, const uint8_t *data, int32_t size) {
    int32_t width = 0, height = 0;
    uint8_t *input = exact_copy(data, size);
    int32_t result = mcu_video_decoder_decode(decoder, input, size, &width, &height);
    free(input);
    if (result == MCU_DECODED_PICTURE) {
        mcu_picture target = make_picture(width, height);
        mcu_video_decoder_copy(decoder, &target);
        free(target.data);
    }
    return result;
}

static void survive(int32_t codec) {
    clip source = encode(codec);
    mcu_video_decoder *decoder = mcu_video_decoder_create(codec);
    CHECK(decoder);
    uint32_t seed = 2463534242u + (uint32_t)codec;
    for (int32_t round = 0; round < ROUNDS; round++) {
        int32_t i = (int32_t)(next_random(&seed) % FRAMES);
        uint8_t *copy = exact_copy(source.data[i], source.size[i]);
        decode(decoder, copy, damage(copy, source.size[i], &seed));
        free(copy);
        if (round % 20 == 0)
            CHECK(decode(decoder, source.data[0], source.size[0]) == MCU_DECODED_PICTURE);
    }
    for (int32_t size = 0; size < source.size[1]; size++)
        decode(decoder, source.data[1], size);
    CHECK(decode(decoder, source.data[0], source.size[0]) == MCU_DECODED_PICTURE);
    mcu_video_decoder_destroy(decoder);
    for (int32_t i = 0; i < FRAMES; i++)
        free(source.data[i]);
}

int main(void) {
    survive(MCU_VIDEO_VP8);
    survive(MCU_VIDEO_VP9);
    survive(MCU_VIDEO_H264);
    return 0;
}
