/* What the files of the network share. */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include "mcu_net.h"

/* The socket's file descriptor. */
int mcu_udp_descriptor(const mcu_udp *udp);

#endif
