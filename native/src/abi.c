#include "mcu_abi.h"

#include <malloc.h>

int32_t mcu_abi_version(void) { return MCU_ABI_VERSION; }

void mcu_give_back_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
