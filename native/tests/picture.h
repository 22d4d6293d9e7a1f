/* Pictures for tests: planes in one block of exactly the needed size. */
#ifndef MCU_TEST_PICTURE_H
#define MCU_TEST_PICTURE_H

#include "check.h"
#include "mcu_picture.h"

static inline mcu_picture make_picture(int32_t width, int32_t height) {
    int32_t chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;
    mcu_picture picture = {
        .width = width,
        .height = height,
        .stride_y = width,
        .stride_uv = chroma_width,
        .offset_u = width * height,
        .offset_v = width * height + chroma_width * chroma_height,
    };
    picture.data = calloc(1, (size_t)picture.offset_v + (size_t)(chroma_width * chroma_height));
    CHECK(picture.data);
    return picture;
}

static inline void draw(mcu_picture *picture, int32_t index) {
    for (int32_t y = 0; y < picture->height; y++)
        for (int32_t x = 0; x < picture->width; x++)
            picture->data[y * picture->stride_y + x] =
                (uint8_t)(60 + ((((x + 3 * index) >> 3) * 73) ^ (((y + index) >> 3) * 151)) % 100 + x % 8);
    int32_t chroma = picture->stride_uv * ((picture->height + 1) / 2);
    for (int32_t i = 0; i < chroma; i++) {
        picture->data[picture->offset_u + i] = 100;
        picture->data[picture->offset_v + i] = 160;
    }
}

#endif
