/* SPDX-License-Identifier: Apache-2.0 */
/* The transport over libcurl's multi interface on a worker's loop: connections are kept and
 * reused, HTTP/2 where the server offers it, TLS always verified, redirects followed only for
 * foreign requests. Belongs to the thread that turns the loop. */
#ifndef PBAY_EXCHANGE_CURL_TRANSPORT_H
#define PBAY_EXCHANGE_CURL_TRANSPORT_H

#include "exchange/transport.h"
#include "loop/loop.h"

/* loop is borrowed and outlives the transport. NULL with error (PBAY_ERROR, PB_ERR_INTERNAL)
 * when libcurl cannot be set up. */
PbayTransport *pbay_curl_transport_new(PbayLoop *loop, GError **error);

#endif
