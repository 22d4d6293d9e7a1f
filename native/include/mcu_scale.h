/* Crop, turn and scale I420 pictures through libyuv. Stateless; any thread. */
#ifndef MCU_SCALE_H
#define MCU_SCALE_H

#include "mcu_abi.h"
#include "mcu_picture.h"

/* Even x and y; the size may be odd only where the area ends at the picture's odd edge. */
typedef struct mcu_area {
    int32_t x;
    int32_t y;
    int32_t width;
    int32_t height;
} mcu_area;

/* Bytes of scratch that mcu_scale needs for this target and rotation; 0 without rotation. */
MCU_API int32_t mcu_scale_scratch(const mcu_area *target_area, int32_t rotation);

/* Scales `source_area` into `target_area` after turning it clockwise by `rotation` (0, 90, 180, 270) degrees.
   0, or -1: an area is empty or outside its picture, the rotation is unknown, or the scratch is too small. */
MCU_API int32_t mcu_scale(const mcu_picture *source, const mcu_area *source_area, int32_t rotation, const mcu_picture *target,
                          const mcu_area *target_area, uint8_t *scratch, int32_t scratch_size);

#endif
