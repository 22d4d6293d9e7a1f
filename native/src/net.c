#define _GNU_SOURCE
#include "mcu_net.h"
#include "net_socket.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IPV4_MAPPED 0x0000FFFF00000000ULL

struct mcu_udp {
    int socket;
    int interrupt;
    int family;
    atomic_bool segments; /* the kernel cuts one message into datagrams (UDP_SEGMENT) */
};

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static int is_mapped(uint64_t high, uint64_t low) {
    return high == 0 && (low & 0xFFFFFFFF00000000ULL) == IPV4_MAPPED;
}

/* 0 where a socket of this family cannot reach the address; the kernel then refuses the message. */
static socklen_t to_native(int family, uint64_t high, uint64_t low, uint16_t port, address *out) {
    memset(out, 0, sizeof *out);
    if (family == AF_INET) {
        if (!is_mapped(high, low)) {
            return 0;
        }

        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        out->v4.sin_addr.s_addr = htonl((uint32_t)low);
        return sizeof out->v4;
    }

    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    uint64_t words[2] = {htobe64(high), htobe64(low)};
    memcpy(&out->v6.sin6_addr, words, sizeof words);
    return sizeof out->v6;
}

static void from_native(const address *in, mcu_datagram *item) {
    if (in->any.sa_family == AF_INET) {
        item->address_high = 0;
        item->address_low = IPV4_MAPPED | ntohl(in->v4.sin_addr.s_addr);
        item->port = ntohs(in->v4.sin_port);
        return;
    }

    uint64_t words[2];
    memcpy(words, &in->v6.sin6_addr, sizeof words);
    item->address_high = be64toh(words[0]);
    item->address_low = be64toh(words[1]);
    item->port = ntohs(in->v6.sin6_port);
}

static void ask_for_buffer(int socket, int force, int plain, int bytes) {
    /* The forced form passes net.core.rmem_max but needs CAP_NET_ADMIN; the plain one takes what is allowed. */
    if (setsockopt(socket, SOL_SOCKET, force, &bytes, sizeof bytes) != 0) {
        (void)setsockopt(socket, SOL_SOCKET, plain, &bytes, sizeof bytes);
    }
}

static int bind_socket(mcu_udp *udp, uint64_t high, uint64_t low, uint16_t port, int buffer_bytes) {
    udp->family = is_mapped(high, low) ? AF_INET : AF_INET6;
    udp->socket = socket(udp->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (udp->socket < 0) {
        return -errno;
    }

    int off = 0;
    if (udp->family == AF_INET6 && setsockopt(udp->socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) {
        return -errno;
    }

    int on = 1;
    if (setsockopt(udp->socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) {
        return -errno;
    }

    ask_for_buffer(udp->socket, SO_RCVBUFFORCE, SO_RCVBUF, buffer_bytes);
    ask_for_buffer(udp->socket, SO_SNDBUFFORCE, SO_SNDBUF, buffer_bytes);
    address local;
    socklen_t length = to_native(udp->family, high, low, port, &local);
    if (bind(udp->socket, &local.any, length) != 0) {
        return -errno;
    }

    udp->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return udp->interrupt < 0 ? -errno : 0;
}

mcu_udp *mcu_udp_open(uint64_t address_high, uint64_t address_low, int32_t port, int32_t buffer_bytes, int32_t *error) {
    mcu_udp *udp = calloc(1, sizeof *udp);
    if (udp == NULL) {
        *error = -ENOMEM;
        return NULL;
    }

    udp->socket = udp->interrupt = -1;
    atomic_init(&udp->segments, true);
    *error = bind_socket(udp, address_high, address_low, (uint16_t)port, buffer_bytes);
    if (*error != 0) {
        mcu_udp_close(udp);
        return NULL;
    }

    return udp;
}

void mcu_udp_close(mcu_udp *udp) {
    if (udp == NULL) {
        return;
    }

    if (udp->socket >= 0) {
        close(udp->socket);
    }

    if (udp->interrupt >= 0) {
        close(udp->interrupt);
    }

    free(udp);
}

int32_t mcu_udp_port(const mcu_udp *udp) {
    address local;
    socklen_t length = sizeof local;
    if (getsockname(udp->socket, &local.any, &length) != 0) {
        return -errno;
    }

    return ntohs(udp->family == AF_INET ? local.v4.sin_port : local.v6.sin6_port);
}

/* 1: there is something to read; 0: interrupted; -errno. */
static int wait_readable(mcu_udp *udp) {
    struct pollfd waits[2] = {{.fd = udp->socket, .events = POLLIN}, {.fd = udp->interrupt, .events = POLLIN}};
    for (;;) {
        int ready = poll(waits, 2, -1);
        if (ready < 0 && errno != EINTR) {
            return -errno;
        }

        if (ready > 0) {
            return (waits[1].revents & POLLIN) != 0 ? 0 : 1;
        }
    }
}

#define NS_PER_S 1000000000LL

/* Room for the one control message that is asked for. */
typedef union {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(struct timespec))];
} control;

static int64_t wall_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* The kernel stamps by the wall clock, which may be set: what is out of bounds is taken to be of now. */
static int64_t age_of(struct msghdr *message, int64_t now_ns) {
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) {
        return 0;
    }

    struct timespec stamp;
    memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
    int64_t age = now_ns - (stamp.tv_sec * NS_PER_S + stamp.tv_nsec);
    return age < 0 || age > NS_PER_S ? 0 : age;
}

static int32_t receive(mcu_udp *udp, uint8_t *slab, int32_t slot_bytes, mcu_datagram *items, int32_t count, bool waits) {
    struct mmsghdr messages[MCU_UDP_MAX_BATCH];
    struct iovec buffers[MCU_UDP_MAX_BATCH];
    address sources[MCU_UDP_MAX_BATCH];
    control controls[MCU_UDP_MAX_BATCH];
    count = count < MCU_UDP_MAX_BATCH ? count : MCU_UDP_MAX_BATCH;
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < count; i++) {
        buffers[i] = (struct iovec){.iov_base = slab + (size_t)i * slot_bytes, .iov_len = (size_t)slot_bytes};
        messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &buffers[i],
            .msg_iovlen = 1,
            .msg_name = &sources[i],
            .msg_namelen = sizeof sources[i],
            .msg_control = &controls[i],
            .msg_controllen = sizeof controls[i],
        };
    }

    int received;
    do {
        int ready = waits ? wait_readable(udp) : 1;
        if (ready <= 0) {
            return ready;
        }

        received = recvmmsg(udp->socket, messages, (unsigned)count, MSG_DONTWAIT, NULL);
        if (received < 0 && errno == EAGAIN && !waits) {
            return 0;
        }

        /* What ICMP reports about earlier sends is no reason to stop reading. */
    } while (received < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH));

    int64_t now_ns = received > 0 ? wall_clock_ns() : 0;
    for (int i = 0; i < received; i++) {
        int truncated = (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        from_native(&sources[i], &items[i]);
        items[i].offset = i * slot_bytes;
        items[i].length = truncated ? -1 : (int32_t)messages[i].msg_len;
        items[i].age_ns = age_of(&messages[i].msg_hdr, now_ns);
    }

    return received < 0 ? -errno : received;
}

int32_t mcu_udp_receive_batch(mcu_udp *udp, uint8_t *slab, int32_t slot_bytes, mcu_datagram *items, int32_t count) {
    return receive(udp, slab, slot_bytes, items, count, true);
}

int32_t mcu_udp_receive_ready(mcu_udp *udp, uint8_t *slab, int32_t slot_bytes, mcu_datagram *items, int32_t count) {
    return receive(udp, slab, slot_bytes, items, count, false);
}

/* Limits of the kernel for what it cuts itself. */
enum { MAX_SEGMENTS = 64, MAX_SEGMENTED_BYTES = 65000 };

/* Room for the one control message that a segmented message needs. */
typedef union {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
} segment_control;

/* How many of the first `count` items are one run: the same target, bytes side by side, one length, the last one perhaps shorter. */
static int run_of(const mcu_datagram *items, int count) {
    int64_t bytes = items[0].length;
    int run = 1;
    while (run < count && run < MAX_SEGMENTS && items[0].length > 0) {
        const mcu_datagram *before = &items[run - 1], *next = &items[run];
        int is_same_target = next->address_low == before->address_low && next->address_high == before->address_high && next->port == before->port;
        if (!is_same_target || before->length != items[0].length || next->length > before->length || next->length == 0 ||
            next->offset != before->offset + before->length || bytes + next->length > MAX_SEGMENTED_BYTES) {
            break;
        }

        bytes += next->length;
        run++;
    }

    return run;
}

static void ask_for_segments(struct msghdr *message, segment_control *control, int32_t length) {
    message->msg_control = control;
    message->msg_controllen = sizeof *control;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    uint16_t size = (uint16_t)length;
    memcpy(CMSG_DATA(header), &size, sizeof size);
}

/* Sends up to a batch, runs of equal datagrams to one target as one message; returns how many items the kernel took of those before the
   first that it refused, or -errno at once with the length of the run in *refused. */
static int send_some(mcu_udp *udp, const uint8_t *slab, const mcu_datagram *items, int count, int may_segment, int *refused) {
    struct mmsghdr messages[MCU_UDP_MAX_BATCH];
    struct iovec buffers[MCU_UDP_MAX_BATCH];
    address targets[MCU_UDP_MAX_BATCH];
    segment_control controls[MCU_UDP_MAX_BATCH];
    int runs[MCU_UDP_MAX_BATCH];
    int used = 0;
    for (int i = 0; i < count; used++) {
        int run = may_segment ? run_of(items + i, count - i) : 1;
        const mcu_datagram *last = &items[i + run - 1];
        size_t bytes = (size_t)(last->offset + last->length - items[i].offset);
        buffers[used] = (struct iovec){.iov_base = (void *)(slab + items[i].offset), .iov_len = bytes};
        socklen_t length = to_native(udp->family, items[i].address_high, items[i].address_low, items[i].port, &targets[used]);
        messages[used].msg_hdr =
            (struct msghdr){.msg_iov = &buffers[used], .msg_iovlen = 1, .msg_name = &targets[used], .msg_namelen = length};
        if (run > 1) {
            ask_for_segments(&messages[used].msg_hdr, &controls[used], items[i].length);
        }

        runs[used] = run;
        i += run;
    }

    int sent = sendmmsg(udp->socket, messages, (unsigned)used, MSG_DONTWAIT);
    int error = errno;
    *refused = runs[0];
    int taken = 0;
    for (int i = 0; i < sent; i++) {
        taken += runs[i];
    }

    return sent < 0 ? -error : taken;
}

int32_t mcu_udp_send_batch(mcu_udp *udp, const uint8_t *slab, const mcu_datagram *items, int32_t count) {
    int32_t taken = 0;
    int32_t single_until = 0; /* those before are sent one by one */
    for (int32_t next = 0; next < count;) {
        int may_segment = next >= single_until && atomic_load_explicit(&udp->segments, memory_order_relaxed);
        int32_t left = (next < single_until ? single_until : count) - next;
        int refused;
        int sent = send_some(udp, slab, items + next, left < MCU_UDP_MAX_BATCH ? left : MCU_UDP_MAX_BATCH, may_segment, &refused);
        if (sent == -EINTR) {
            continue;
        }

        if (sent == -EAGAIN || sent == -ENOBUFS) {
            break; /* the kernel's queue is full: late media is worth nothing, so the rest is lost */
        }

        if (sent < 0 && refused > 1) {
            single_until = next + refused;
            if (sent == -EIO || sent == -EOPNOTSUPP) {
                atomic_store_explicit(&udp->segments, false, memory_order_relaxed); /* this kernel or device cannot */
            }

            continue;
        }

        taken += sent > 0 ? sent : 0;
        next += sent > 0 ? sent : 1; /* one that has no route is skipped */
    }

    return taken;
}

void mcu_udp_interrupt(mcu_udp *udp) {
    uint64_t one = 1;
    ssize_t written = write(udp->interrupt, &one, sizeof one);
    (void)written; /* full means that it is set already */
}

int mcu_udp_descriptor(const mcu_udp *udp) { return udp->socket; }
