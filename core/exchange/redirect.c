/* SPDX-License-Identifier: Apache-2.0 */
/* What is said when a server redirects. No request that may carry a key is ever sent on to where a
 * reply points; so the person is told where that is and which setting to correct. On the worker's
 * thread. */
#include "exchange/internal.h"

#include "base/str.h"
#include "exchange/egress.h"

#include <curl/curl.h>
#include <string.h>

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Location against the URL that was asked, without user, query and fragment. */
static char *destination(pb_str asked, pb_str location)
{
    g_autofree char *base = pbay_str_dup(asked), *to = pbay_str_dup(location);
    CURLU *url = curl_url();
    char *whole = NULL;
    char *shown = NULL;
    if (curl_url_set(url, CURLUPART_URL, base, CURLU_PATH_AS_IS) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_URL, to, CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK)
        shown = pbay_egress_show_url(pbay_str(whole));
    curl_free(whole);
    curl_url_cleanup(url);
    return shown != NULL ? shown : pbay_egress_show_url(location);
}

PbayFailure *pbay_redirect_failure(PbayExchange *x)
{
    pb_str asked, location = pbay_reply_header(x, PBAY_STR("location"));
    if (!is_redirect(x->reply.status) || location.len == 0 ||
        (pbay_request_flags(x) & PB_HTTP_FOREIGN) != 0)
        return NULL;
    pbay_request_view(x, NULL, &asked, NULL);
    g_autofree char *from = pbay_egress_show_url(asked);
    g_autofree char *to = destination(asked, location);
    return pbay_failure_new(PB_ERR_CONFIG,
                            "%s redirects (HTTP status %d) to %s, which is not followed because "
                            "the key would go along; if that is where requests belong, correct "
                            "`base-url` of provider %s",
                            from, x->reply.status, to, x->provider->name);
}
