#include "mcu_abi.h"

int32_t mcu_abi_version(void) { return MCU_ABI_VERSION; }
