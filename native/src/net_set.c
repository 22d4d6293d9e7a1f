/* Many sockets that one thread waits for. */
#include "mcu_net.h"
#include "net_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mcu_udp_set {
    int epoll;
    int interrupt;
};

static int32_t watch(const mcu_udp_set *set, int descriptor, uint32_t id) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = id};
    return epoll_ctl(set->epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 ? -errno : 0;
}

static int32_t open_set(mcu_udp_set *set) {
    set->epoll = epoll_create1(EPOLL_CLOEXEC);
    set->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return set->epoll < 0 || set->interrupt < 0 ? -errno : watch(set, set->interrupt, 0);
}

mcu_udp_set *mcu_udp_set_open(int32_t *error) {
    mcu_udp_set *set = calloc(1, sizeof *set);
    if (set == NULL) {
        *error = -ENOMEM;
        return NULL;
    }

    set->epoll = set->interrupt = -1;
    *error = open_set(set);
    if (*error != 0) {
        mcu_udp_set_close(set);
        return NULL;
    }

    return set;
}

void mcu_udp_set_close(mcu_udp_set *set) {
    if (set == NULL) {
        return;
    }

    if (set->epoll >= 0) {
        close(set->epoll);
    }

    if (set->interrupt >= 0) {
        close(set->interrupt);
    }

    free(set);
}

int32_t mcu_udp_set_add(mcu_udp_set *set, mcu_udp *udp, uint32_t id) { return watch(set, mcu_udp_descriptor(udp), id); }

int32_t mcu_udp_set_wait(mcu_udp_set *set, uint32_t *ids, int32_t count) {
    struct epoll_event events[MCU_UDP_MAX_BATCH];
    int most = count < MCU_UDP_MAX_BATCH ? count : MCU_UDP_MAX_BATCH;
    int ready;
    do {
        ready = epoll_wait(set->epoll, events, most, -1);
    } while (ready < 0 && errno == EINTR);

    for (int i = 0; i < ready; i++) {
        ids[i] = events[i].data.u32;
        if (ids[i] == 0) {
            return 0;
        }
    }

    return ready < 0 ? -errno : ready;
}

void mcu_udp_set_interrupt(mcu_udp_set *set) {
    uint64_t one = 1;
    ssize_t written = write(set->interrupt, &one, sizeof one);
    (void)written; /* full means that it is set already */
}
