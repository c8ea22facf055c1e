/* SPDX-License-Identifier: Apache-2.0 */
/* Where a FOREIGN request may go: an address that came from outside (an image in a prompt, a
 * vendor's link) must not reach the machine itself or its private network. Checked on the URL
 * before each hop and on the resolved address when the socket is opened, so that a name that
 * resolves elsewhere the second time changes nothing. Pure functions; any thread. */
#ifndef PBAY_EXCHANGE_EGRESS_H
#define PBAY_EXCHANGE_EGRESS_H

#include "base/error.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define PBAY_EGRESS_HOPS     5                           /* redirects a FOREIGN GET follows */
#define PBAY_EGRESS_MAX_BODY (INT64_C(20) * 1024 * 1024) /* bytes of its reply              */

/* A block of addresses. bits counts from the front of address: 4 bytes for AF_INET, 16 for
 * AF_INET6. */
typedef struct PbayCidr {
    int family;
    unsigned bits;
    uint8_t address[16];
} PbayCidr;

/* "10.0.0.0/8", "fd00::/8", or a lone address (the whole of it). False when text is none of
 * these, has a prefix length out of range or bits set behind it ("10.0.0.1/8"), or is IPv4
 * written as IPv6. */
bool pbay_egress_cidr_parse(const char *text, PbayCidr *cidr);

/* NULL when a FOREIGN request may connect to address; else what kind of address it is
 * ("loopback", "private network" ...), static text for the error message. Refused are all that
 * IANA does not list as globally reachable; of IPv4 inside IPv6 (mapped, NAT64, 6to4) the inner
 * address is judged. allow: CIDR texts that are open all the same, NULL-terminated, or NULL; an
 * entry that is no CIDR opens nothing. */
const char *pbay_egress_refuses(const struct sockaddr *address, socklen_t len, char *const *allow);

/* The same for the parts of a URL as the HTTP library parsed them: host may have the brackets of
 * IPv6. https is right for every host that is not itself a refused address; http only for a host
 * that is an address inside `allow`. A host name is judged when it is resolved. NULL or why not,
 * static. */
const char *pbay_egress_refuses_origin(const char *scheme, const char *host, char *const *allow);

/* url as error messages show it: without user name, query and fragment, at most 200 bytes.
 * Caller frees. */
char *pbay_egress_show_url(pb_str url);

/* For transports, before each hop: NULL when url may be fetched; else why not (PB_ERR_INVALID,
 * says what opens it). Refused too are URLs that are not absolute or carry a user name. */
PbayFailure *pbay_egress_check_url(pb_str url, char *const *allow);

/* For transports, when the socket is opened. */
bool pbay_egress_check_address(const struct sockaddr *address, char *const *allow);

#endif
