#include "mcu_scale.h"

#include <libyuv/convert.h>
#include <libyuv/rotate.h>
#include <libyuv/scale.h>
#include <stdbool.h>
#include <stddef.h>

/* Pointers to the part of a picture that an area covers. */
typedef struct planes {
    uint8_t *y;
    uint8_t *u;
    uint8_t *v;
    int32_t stride_y;
    int32_t stride_uv;
    int32_t width;
    int32_t height;
} planes;

static bool fits(const mcu_picture *picture, const mcu_area *area) {
    return picture && picture->data && area && area->x >= 0 && area->y >= 0 && ((area->x | area->y) & 1) == 0 &&
           area->width > 0 && area->height > 0 && area->x <= picture->width - area->width &&
           area->y <= picture->height - area->height;
}

static planes cut(const mcu_picture *picture, const mcu_area *area) {
    ptrdiff_t luma = (ptrdiff_t)area->y * picture->stride_y + area->x;
    ptrdiff_t chroma = (ptrdiff_t)(area->y / 2) * picture->stride_uv + area->x / 2;
    return (planes){
        .y = picture->data + luma,
        .u = picture->data + picture->offset_u + chroma,
        .v = picture->data + picture->offset_v + chroma,
        .stride_y = picture->stride_y,
        .stride_uv = picture->stride_uv,
        .width = area->width,
        .height = area->height,
    };
}

static int32_t align(int32_t value) { return (value + 31) & ~31; }

/* Lays out a picture of the given size in the scratch block. */
static planes carve(uint8_t *scratch, int32_t width, int32_t height) {
    planes result = {.width = width, .height = height, .stride_y = align(width), .stride_uv = align((width + 1) / 2)};
    result.y = scratch;
    result.u = result.y + (ptrdiff_t)result.stride_y * height;
    result.v = result.u + (ptrdiff_t)result.stride_uv * ((height + 1) / 2);
    return result;
}

static bool sideways(int32_t rotation) { return rotation == 90 || rotation == 270; }

int32_t mcu_scale_scratch(const mcu_area *target_area, int32_t rotation) {
    if (!target_area || rotation == 0)
        return 0;
    int32_t width = sideways(rotation) ? target_area->height : target_area->width;
    int32_t height = sideways(rotation) ? target_area->width : target_area->height;
    return align(width) * height + 2 * align((width + 1) / 2) * ((height + 1) / 2) + 64;
}

static int32_t resize(const planes *from, const planes *to) {
    if (from->width == to->width && from->height == to->height)
        return I420Copy(from->y, from->stride_y, from->u, from->stride_uv, from->v, from->stride_uv, to->y, to->stride_y,
                        to->u, to->stride_uv, to->v, to->stride_uv, to->width, to->height);
    /* libyuv itself falls back from box to bilinear where a side shrinks by less than half. */
    return I420Scale(from->y, from->stride_y, from->u, from->stride_uv, from->v, from->stride_uv, from->width, from->height,
                     to->y, to->stride_y, to->u, to->stride_uv, to->v, to->stride_uv, to->width, to->height, kFilterBox);
}

static int32_t turn(const planes *from, int32_t rotation, const planes *to) {
    return I420Rotate(from->y, from->stride_y, from->u, from->stride_uv, from->v, from->stride_uv, to->y, to->stride_y, to->u,
                      to->stride_uv, to->v, to->stride_uv, from->width, from->height, (enum RotationMode)rotation);
}

int32_t mcu_scale(const mcu_picture *source, const mcu_area *source_area, int32_t rotation, const mcu_picture *target,
                  const mcu_area *target_area, uint8_t *scratch, int32_t scratch_size) {
    if (!fits(source, source_area) || !fits(target, target_area))
        return -1;
    if (rotation != 0 && rotation != 90 && rotation != 180 && rotation != 270)
        return -1;

    planes from = cut(source, source_area);
    planes to = cut(target, target_area);
    if (rotation == 0)
        return resize(&from, &to) == 0 ? 0 : -1;

    int32_t width = sideways(rotation) ? to.height : to.width;
    int32_t height = sideways(rotation) ? to.width : to.height;
    if (from.width == width && from.height == height)
        return turn(&from, rotation, &to) == 0 ? 0 : -1;

    if (!scratch || scratch_size < mcu_scale_scratch(target_area, rotation))
        return -1;
    planes between = carve(scratch, width, height);
    return resize(&from, &between) == 0 && turn(&between, rotation, &to) == 0 ? 0 : -1;
}
