/* An I420 picture in memory that the caller owns: three planes in one block. */
#ifndef MCU_PICTURE_H
#define MCU_PICTURE_H

#include <stdint.h>

/* Chroma planes are (width + 1) / 2 by (height + 1) / 2. Blittable: managed code fills it on its stack. */
typedef struct mcu_picture {
    uint8_t *data; /* luma; chroma lies at data + offset_u and data + offset_v */
    int32_t width;
    int32_t height;
    int32_t stride_y;
    int32_t stride_uv;
    int32_t offset_u;
    int32_t offset_v;
} mcu_picture;

#endif
