/* Scaling of every small size into every other, turned each way, in blocks without a byte to spare; and areas that do not fit. */
#include "mcu_scale.h"
#include "picture.h"

static void scale(int32_t from_width, int32_t from_height, int32_t rotation, int32_t to_width, int32_t to_height) {
    mcu_picture source = make_picture(from_width, from_height), target = make_picture(to_width, to_height);
    draw(&source, 1);
    mcu_area from = {0, 0, from_width, from_height}, to = {0, 0, to_width, to_height};
    int32_t needed = mcu_scale_scratch(&to, rotation);
    uint8_t *scratch = malloc((size_t)needed + 1);
    CHECK(mcu_scale(&source, &from, rotation, &target, &to, scratch, needed) == 0);
    /* Chroma is flat: whatever the filter, each sample must have been written (large boxes round down). */
    for (int32_t i = target.offset_u; i < target.offset_v; i++)
        CHECK(target.data[i] >= 95 && target.data[i] <= 100);
    free(scratch);
    free(source.data);
    free(target.data);
}

static void refuse(mcu_area from, mcu_area to, int32_t rotation, int32_t scratch_size) {
    mcu_picture source = make_picture(64, 48), target = make_picture(32, 32);
    uint8_t *scratch = malloc(65536);
    CHECK(mcu_scale(&source, &from, rotation, &target, &to, scratch, scratch_size) == -1);
    free(scratch);
    free(source.data);
    free(target.data);
}

int main(void) {
    static const int32_t sizes[] = {2, 4, 6, 16, 18, 34, 62, 130};
    static const int32_t rotations[] = {0, 90, 180, 270};
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < 8; b++)
            for (int c = 0; c < 8; c++)
                for (int r = 0; r < 4; r++)
                    scale(sizes[a], sizes[(a + b) % 8], rotations[r], sizes[c], sizes[(b + c) % 8]);
    for (int r = 0; r < 4; r++) {
        scale(33, 17, rotations[r], 64, 48);
        scale(64, 48, rotations[r], 33, 17);
    }

    mcu_area all = {0, 0, 64, 48}, target = {0, 0, 32, 32};
    refuse((mcu_area){0, 0, 66, 48}, target, 0, 65536);
    refuse((mcu_area){2, 0, 64, 48}, target, 0, 65536);
    refuse((mcu_area){1, 0, 32, 32}, target, 0, 65536);
    refuse((mcu_area){-2, 0, 32, 32}, target, 0, 65536);
    refuse((mcu_area){0, 0, 0, 32}, target, 0, 65536);
    refuse((mcu_area){INT32_MAX - 1, 0, 2, 2}, target, 0, 65536);
    refuse((mcu_area){2, 2, INT32_MAX - 1, 2}, target, 0, 65536);
    refuse(all, (mcu_area){0, 0, 34, 32}, 0, 65536);
    refuse(all, target, 45, 65536);
    refuse(all, target, 90, 100);
    CHECK(mcu_scale(NULL, &all, 0, NULL, &target, NULL, 0) == -1);
    return 0;
}
