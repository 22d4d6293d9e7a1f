/* What every part of the native library shares. Plain C, no state beyond handles but what is set once, no callbacks into managed code. */
#ifndef MCU_ABI_H
#define MCU_ABI_H

#include <stdint.h>

#define MCU_API __attribute__((visibility("default")))

/* Raised whenever a signature or struct changes; managed code compares it at start. */
#define MCU_ABI_VERSION 4

MCU_API int32_t mcu_abi_version(void);

/* Hands free memory of the C library back to the system, where it has a way to. Takes milliseconds. */
MCU_API void mcu_give_back_memory(void);

#endif
