/* SPDX-License-Identifier: Apache-2.0 */
/* Images that a request names by URL, fetched by the core and put into the request as data URLs,
 * for drivers whose vendor takes no URLs (manifest: "inline": ["image_url"]). The hooks the
 * machine calls are in exchange/internal.h; here are the bounds and the pure parts. */
#ifndef PBAY_EXCHANGE_INLINE_H
#define PBAY_EXCHANGE_INLINE_H

#include <glib.h>
#include <patchbay/driver.h>

#define PBAY_INLINE_IMAGES 16u                /* different URLs in one request            */
#define PBAY_INLINE_TOTAL  ((size_t)44 << 20) /* bytes of all of them: what JSON can hold */
#define PBAY_INLINE_MS     60000              /* for one image                            */

/* A place in a request's text that holds a URL: its string with the quotes. */
typedef struct PbayInlineSpot {
    size_t start, len; /* in the text of the whole value */
    char *url;
} PbayInlineSpot;

/* The http(s) image URLs of a chat request, in order. Free with g_array_unref. */
GArray *pbay_inline_find(const pb_json *body);

/* "image/png" ... by the first bytes, else the declared media type if it is jpeg, png, gif or
 * webp; NULL: no image that vendors take. Static. */
const char *pbay_inline_media_type(pb_str bytes, pb_str declared);

#endif
