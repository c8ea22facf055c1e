/* SPDX-License-Identifier: MIT */
/* Percent-encoding for URLs and forms (RFC 3986, WHATWG URL), joining a base URL with a path,
 * and taking a data: URL apart (RFC 2397). Results go into the caller's buffer. Any thread. */
#ifndef PATCHBAY_LIB_URL_H
#define PATCHBAY_LIB_URL_H

#include "lib/buffer.h"

/* Appends text with every byte but A-Z a-z 0-9 - . _ ~ and those in `keep` (NULL: none) as %XX.
 * NULL suits a path segment, "/" a path. False: the buffer's bound. */
bool pbs_url_encode(pbs_buf *out, pb_str text, const char *keep);

/* application/x-www-form-urlencoded: as above, a blank becomes +. */
bool pbs_form_encode(pbs_buf *out, pb_str text);

/* Appends text with each %XX decoded; a % that is not followed by two digits stands for itself. */
bool pbs_url_decode(pbs_buf *out, pb_str text);

/* Appends base without its trailing slashes, then path (which begins with a slash, or is empty). */
bool pbs_url_join(pbs_buf *out, pb_str base, pb_str path);

/* "data:image/png;base64,iVBO..." The parts point into the URL. */
typedef struct pbs_data_url {
    pb_str media_type; /* "image/png"; "text/plain" when the URL gives none */
    pb_str data;       /* all behind the first comma                        */
    bool base64;
} pbs_data_url;

/* False: not a data: URL, or one without a comma. */
bool pbs_data_url_split(pb_str url, pbs_data_url *out);

#endif
