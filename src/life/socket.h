/* SPDX-License-Identifier: MIT */
/* How read and write of a socket are kept from blocking. */
#ifndef DCTXI_SOCKET_H
#define DCTXI_SOCKET_H

#include "life/transfer.h"

void dctxi_socket_read(struct dctxi_transfer *transfer);
void dctxi_socket_write(struct dctxi_transfer *transfer);

#endif
