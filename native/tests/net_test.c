/* The UDP socket and the gate: batches both ways, bounds, interruption, misuse. */
#include "check.h"
#include "mcu_net.h"
#include "mcu_thread.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { SLOT = 64, COUNT = 100, BUFFER = 1 << 20 };

#define LOOPBACK 0x0000FFFF7F000001ULL

static mcu_udp *open_loopback(int32_t port) {
    int32_t error = 0;
    mcu_udp *udp = mcu_udp_open(0, LOOPBACK, port, BUFFER, &error);
    CHECK((udp == NULL) == (error != 0));
    return udp;
}

static void batches_go_through(void) {
    mcu_udp *sender = open_loopback(0);
    mcu_udp *receiver = open_loopback(0);
    CHECK(sender && receiver);
    CHECK(open_loopback(mcu_udp_port(receiver)) == NULL);

    uint8_t slab[COUNT * SLOT];
    mcu_datagram items[COUNT];
    memset(items, 0, sizeof items);
    for (int32_t i = 0; i < COUNT; i++) {
        memset(slab + i * SLOT, i, SLOT);
        items[i].address_low = LOOPBACK;
        items[i].port = (uint16_t)mcu_udp_port(receiver);
        items[i].offset = i * SLOT;
        items[i].length = i % SLOT;
    }

    items[50].address_low = 1; /* ::1 is out of reach of an IPv4 socket */
    CHECK(mcu_udp_send_batch(sender, slab, items, COUNT) == COUNT - 1);

    int32_t seen = 0;
    while (seen < COUNT - 1) {
        uint8_t received[MCU_UDP_MAX_BATCH * SLOT];
        mcu_datagram from[MCU_UDP_MAX_BATCH];
        int32_t count = mcu_udp_receive_batch(receiver, received, SLOT, from, COUNT);
        CHECK(count > 0 && count <= MCU_UDP_MAX_BATCH);
        for (int32_t i = 0; i < count; i++, seen++) {
            int32_t number = seen < 50 ? seen : seen + 1;
            CHECK(from[i].length == number % SLOT);
            CHECK(from[i].age_ns >= 0 && from[i].age_ns < 1000000000);
            CHECK(from[i].address_low == LOOPBACK && from[i].port == mcu_udp_port(sender));
            CHECK(from[i].length == 0 || received[from[i].offset] == number);
        }
    }

    mcu_udp_close(sender);
    mcu_udp_close(receiver);
}

/* Frames of several packets to one target, as video is sent: each arrives as the datagram that it was. */
static void runs_of_equal_datagrams_stay_apart(void) {
    static const int32_t lengths[] = {40, 40, 40, 37, 40, 41, 40, 0, 40, 40, 0, 40, 5, 5};
    enum { RUNS = sizeof lengths / sizeof lengths[0], TARGETS = 2 };
    mcu_udp *sender = open_loopback(0);
    mcu_udp *receivers[TARGETS] = {open_loopback(0), open_loopback(0)};
    CHECK(sender && receivers[0] && receivers[1]);
    uint8_t slab[RUNS * TARGETS * SLOT];
    mcu_datagram items[RUNS * TARGETS];
    memset(items, 0, sizeof items);
    int32_t used = 0;
    for (int32_t i = 0; i < RUNS * TARGETS; i++) {
        int32_t length = lengths[i % RUNS];
        items[i].address_low = LOOPBACK;
        items[i].port = (uint16_t)mcu_udp_port(receivers[i / RUNS]);
        items[i].offset = used;
        items[i].length = length;
        memset(slab + used, i + 1, (size_t)length);
        used += length;
    }

    CHECK(mcu_udp_send_batch(sender, slab, items, RUNS * TARGETS) == RUNS * TARGETS);
    for (int32_t i = 0; i < RUNS * TARGETS; i++) {
        uint8_t received[SLOT];
        mcu_datagram from;
        CHECK(mcu_udp_receive_batch(receivers[i / RUNS], received, SLOT, &from, 1) == 1);
        CHECK(from.length == lengths[i % RUNS]);
        for (int32_t at = 0; at < from.length; at++) {
            CHECK(received[at] == i + 1);
        }
    }

    mcu_udp_close(sender);
    mcu_udp_close(receivers[0]);
    mcu_udp_close(receivers[1]);
}

static void overlong_datagrams_are_marked(void) {
    mcu_udp *udp = open_loopback(0);
    CHECK(udp);
    uint8_t slab[SLOT * 2] = {0};
    mcu_datagram item = {.address_low = LOOPBACK, .port = (uint16_t)mcu_udp_port(udp), .length = SLOT + 1};
    CHECK(mcu_udp_send_batch(udp, slab, &item, 1) == 1);
    CHECK(mcu_udp_receive_batch(udp, slab, SLOT, &item, 1) == 1);
    CHECK(item.length == -1);
    mcu_udp_close(udp);
}

static void *interrupt(void *udp) {
    mcu_udp_interrupt(udp);
    return NULL;
}

static void a_waiting_reader_is_interrupted(void) {
    mcu_udp *udp = open_loopback(0);
    CHECK(udp);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, interrupt, udp) == 0);
    uint8_t slab[SLOT];
    mcu_datagram item;
    CHECK(mcu_udp_receive_batch(udp, slab, SLOT, &item, 1) == 0);
    CHECK(mcu_udp_receive_batch(udp, slab, SLOT, &item, 1) == 0);
    pthread_join(thread, NULL);
    mcu_udp_close(udp);
    mcu_udp_close(NULL);
}

static void *signal_gate(void *gate) {
    mcu_gate_signal(gate);
    return NULL;
}

static void gates_wait_for_a_signal_or_a_time(void) {
    mcu_gate *gate = mcu_gate_create();
    CHECK(gate);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    CHECK(mcu_gate_wait(gate, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + 1000000) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, signal_gate, gate) == 0);
    CHECK(mcu_gate_wait(gate, -1) == 1);
    CHECK(mcu_gate_wait(gate, 0) == 0);
    pthread_join(thread, NULL);
    mcu_gate_destroy(gate);
    mcu_gate_destroy(NULL);
    CHECK(mcu_thread_set_nice(1) == 0);
    CHECK(mcu_thread_set_timer_slack(10000) == 0);
}

/* One thread waits for many sockets, is told which have something, and is woken for good. */
static void a_set_tells_which_sockets_have_something(void) {
    int32_t error = 0;
    mcu_udp_set *set = mcu_udp_set_open(&error);
    mcu_udp *first = open_loopback(0), *second = open_loopback(0), *sender = open_loopback(0);
    CHECK(set && first && second && sender && error == 0);
    CHECK(mcu_udp_set_add(set, first, 1) == 0);
    CHECK(mcu_udp_set_add(set, second, 2) == 0);
    CHECK(mcu_udp_set_add(set, second, 3) < 0); /* it is there already */

    uint8_t slab[SLOT] = {42};
    mcu_datagram item;
    memset(&item, 0, sizeof item);
    CHECK(mcu_udp_receive_ready(second, slab, SLOT, &item, 1) == 0);
    item.address_low = LOOPBACK;
    item.port = (uint16_t)mcu_udp_port(second);
    item.length = 1;
    CHECK(mcu_udp_send_batch(sender, slab, &item, 1) == 1);
    uint32_t ids[MCU_UDP_MAX_BATCH];
    CHECK(mcu_udp_set_wait(set, ids, MCU_UDP_MAX_BATCH) == 1 && ids[0] == 2);
    CHECK(mcu_udp_receive_ready(second, slab, SLOT, &item, 1) == 1 && item.length == 1);
    CHECK(mcu_udp_receive_ready(second, slab, SLOT, &item, 1) == 0);

    mcu_udp_close(first); /* leaves the set */
    mcu_udp_set_interrupt(set);
    CHECK(mcu_udp_set_wait(set, ids, MCU_UDP_MAX_BATCH) == 0);
    CHECK(mcu_udp_set_wait(set, ids, MCU_UDP_MAX_BATCH) == 0);
    mcu_udp_set_close(set);
    mcu_udp_close(second);
    mcu_udp_close(sender);
}

int main(void) {
    a_set_tells_which_sockets_have_something();
    batches_go_through();
    runs_of_equal_datagrams_stay_apart();
    overlong_datagrams_are_marked();
    a_waiting_reader_is_interrupted();
    gates_wait_for_a_signal_or_a_time();
    return 0;
}
