/* Damaged and truncated packets into the audio decoders. */
#include "check.h"
#include "mcu_g722.h"
#include "mcu_opus.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 4000, OPUS_FRAME = 960, OPUS_MAX = 5760 };

static void fill(float *samples, int32_t count, int32_t *position) {
    for (int32_t i = 0; i < count; i++)
        samples[i] = 0.4f * sinf((float)((*position)++) * 0.05f);
}

static void survive_opus(void) {
    mcu_opus_encoder *encoder = mcu_opus_encoder_create(24000, 5, 1, 0, 0);
    mcu_opus_decoder *decoder = mcu_opus_decoder_create();
    CHECK(encoder && decoder);
    CHECK(mcu_opus_encoder_set_rate(encoder, 24000, 20) == 0);
    float input[OPUS_FRAME];
    float *output = malloc(OPUS_MAX * sizeof(float));
    uint8_t payload[1276];
    uint32_t seed = 7;
    int32_t position = 0;
    for (int32_t round = 0; round < ROUNDS; round++) {
        fill(input, OPUS_FRAME, &position);
        int32_t size = mcu_opus_encoder_encode(encoder, input, OPUS_FRAME, payload, sizeof(payload));
        CHECK(size > 0);
        uint8_t *copy = exact_copy(payload, size);
        int32_t cut = damage(copy, size, &seed);
        uint8_t *packet = exact_copy(copy, cut);
        CHECK(mcu_opus_decoder_decode(decoder, packet, cut, output, OPUS_MAX) <= OPUS_MAX);
        mcu_opus_decoder_recover(decoder, packet, cut, output, OPUS_FRAME);
        CHECK(mcu_opus_decoder_conceal(decoder, output, OPUS_FRAME) == OPUS_FRAME);
        free(packet);
        free(copy);
    }
    free(output);
    mcu_opus_encoder_destroy(encoder);
    mcu_opus_decoder_destroy(decoder);
}

static void survive_g722(void) {
    mcu_g722 *decoder = mcu_g722_decoder_create();
    CHECK(decoder);
    uint32_t seed = 9;
    for (int32_t round = 0; round < ROUNDS; round++) {
        int32_t size = 1 + (int32_t)(next_random(&seed) % MCU_G722_MAX_BYTES);
        uint8_t *packet = malloc((size_t)size);
        float *output = malloc((size_t)size * 2 * sizeof(float));
        for (int32_t i = 0; i < size; i++)
            packet[i] = (uint8_t)next_random(&seed);
        CHECK(mcu_g722_decode(decoder, packet, size, output, size * 2) == size * 2);
        CHECK(mcu_g722_decode(decoder, packet, size, output, size * 2 - 1) == -1);
        free(packet);
        free(output);
    }
    mcu_g722_destroy(decoder);
}

int main(void) {
    survive_opus();
    survive_g722();
    return 0;
}
