/* What media threads need of the operating system: niceness, exact timers, their processor time, and a gate to wait at. */
#ifndef MCU_THREAD_H
#define MCU_THREAD_H

#include "mcu_abi.h"

/* Sets the niceness of the calling thread alone (-20 to 19). 0, or -errno: then nothing changed. */
MCU_API int32_t mcu_thread_set_nice(int32_t nice);

/* How late the kernel may let timed waits of the calling thread end, in ns. 0, or -errno. */
MCU_API int32_t mcu_thread_set_timer_slack(int64_t nanoseconds);

/* Processor time that the calling thread has used, in ns. */
MCU_API int64_t mcu_thread_cpu_time(void);

/* Lets one waiter through for each signal; signals while nobody waits count as one. */
typedef struct mcu_gate mcu_gate;

/* NULL when out of memory. */
MCU_API mcu_gate *mcu_gate_create(void);
MCU_API void mcu_gate_destroy(mcu_gate *gate);

/* Waits for a signal until `deadline` (CLOCK_MONOTONIC, ns; negative: for ever). 1 if it came, 0 if time ran out. */
MCU_API int32_t mcu_gate_wait(mcu_gate *gate, int64_t deadline);

MCU_API void mcu_gate_signal(mcu_gate *gate);

#endif
