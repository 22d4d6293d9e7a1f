#define _GNU_SOURCE
#include "mcu_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000

struct mcu_gate {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int signalled;
};

int32_t mcu_thread_set_nice(int32_t nice) {
    /* On Linux a thread's id names that thread only, although POSIX speaks of processes. */
    id_t thread = (id_t)syscall(SYS_gettid);
    return setpriority(PRIO_PROCESS, thread, nice) == 0 ? 0 : -errno;
}

int32_t mcu_thread_set_timer_slack(int64_t nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, (unsigned long)nanoseconds, 0, 0, 0) == 0 ? 0 : -errno;
}

int64_t mcu_thread_cpu_time(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * NS_PER_S + used.tv_nsec;
}

mcu_gate *mcu_gate_create(void) {
    mcu_gate *gate = calloc(1, sizeof *gate);
    if (gate == NULL) {
        return NULL;
    }

    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&gate->condition, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&gate->mutex, NULL);
    return gate;
}

void mcu_gate_destroy(mcu_gate *gate) {
    if (gate != NULL) {
        pthread_cond_destroy(&gate->condition);
        pthread_mutex_destroy(&gate->mutex);
        free(gate);
    }
}

int32_t mcu_gate_wait(mcu_gate *gate, int64_t deadline) {
    struct timespec until = {.tv_sec = (time_t)(deadline / NS_PER_S), .tv_nsec = (long)(deadline % NS_PER_S)};
    int result = 0;
    pthread_mutex_lock(&gate->mutex);
    while (!gate->signalled && result == 0) {
        result = deadline < 0 ? pthread_cond_wait(&gate->condition, &gate->mutex)
                              : pthread_cond_timedwait(&gate->condition, &gate->mutex, &until);
    }

    int signalled = gate->signalled;
    gate->signalled = 0;
    pthread_mutex_unlock(&gate->mutex);
    return signalled;
}

void mcu_gate_signal(mcu_gate *gate) {
    pthread_mutex_lock(&gate->mutex);
    gate->signalled = 1;
    pthread_cond_signal(&gate->condition);
    pthread_mutex_unlock(&gate->mutex);
}
