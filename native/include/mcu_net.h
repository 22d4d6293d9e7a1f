/* UDP sockets, read and written in batches (recvmmsg, sendmmsg). IPv4 addresses are in their IPv4-mapped IPv6 form. */
#ifndef MCU_NET_H
#define MCU_NET_H

#include "mcu_abi.h"

typedef struct mcu_udp mcu_udp;

/* One datagram: where its bytes are in the caller's slab, and who is at the other end. */
typedef struct mcu_datagram {
    uint64_t address_high; /* host order: the first eight bytes of the address are the most significant */
    uint64_t address_low;
    int32_t offset;
    int32_t length;
    uint16_t port;
    uint16_t reserved[3];
    int64_t age_ns; /* of a received one: since the kernel took it from the network, 0 to 1 s */
} mcu_datagram;

/* Most datagrams that one call takes or gives. */
#define MCU_UDP_MAX_BATCH 64

/* Binds to an address and port (0: any free one); :: takes IPv4 too. `buffer_bytes` is asked for both ways.
   NULL with -errno in *error when that cannot be. */
MCU_API mcu_udp *mcu_udp_open(uint64_t address_high, uint64_t address_low, int32_t port, int32_t buffer_bytes, int32_t *error);

/* Nobody may be in another call. */
MCU_API void mcu_udp_close(mcu_udp *udp);

/* The port bound to. */
MCU_API int32_t mcu_udp_port(const mcu_udp *udp);

/* Waits for datagrams and reads up to `count` of them into slots of `slot_bytes` each. Returns how many, 0 after
   mcu_udp_interrupt, or -errno. A datagram longer than a slot comes with length -1. One reader at a time. */
MCU_API int32_t mcu_udp_receive_batch(mcu_udp *udp, uint8_t *slab, int32_t slot_bytes, mcu_datagram *items, int32_t count);

/* The same without waiting: 0 where there is nothing to read. */
MCU_API int32_t mcu_udp_receive_ready(mcu_udp *udp, uint8_t *slab, int32_t slot_bytes, mcu_datagram *items, int32_t count);

/* Sends without waiting; any thread. Neighbours of one length to one target, side by side in the slab, pass the kernel as one message
   that it cuts (UDP_SEGMENT), where it can. Returns how many the kernel took; the others are lost (no room, or no route). */
MCU_API int32_t mcu_udp_send_batch(mcu_udp *udp, const uint8_t *slab, const mcu_datagram *items, int32_t count);

/* Makes the reader, now and later, return 0. */
MCU_API void mcu_udp_interrupt(mcu_udp *udp);

/* Many sockets that one thread waits for (epoll). */
typedef struct mcu_udp_set mcu_udp_set;

/* NULL with -errno in *error when there can be none. */
MCU_API mcu_udp_set *mcu_udp_set_open(int32_t *error);

/* Nobody may be in another call; the sockets stay open. */
MCU_API void mcu_udp_set_close(mcu_udp_set *set);

/* Adds a socket under an id that is not 0; any thread. A socket that is closed leaves the set by itself. 0 or -errno. */
MCU_API int32_t mcu_udp_set_add(mcu_udp_set *set, mcu_udp *udp, uint32_t id);

/* Waits until sockets of the set have something to read, and gives the ids of up to `count` of them. Returns how many, 0 after
   mcu_udp_set_interrupt, or -errno. One waiter at a time. */
MCU_API int32_t mcu_udp_set_wait(mcu_udp_set *set, uint32_t *ids, int32_t count);

/* Makes the waiter, now and later, return 0. */
MCU_API void mcu_udp_set_interrupt(mcu_udp_set *set);

#endif
