/* SPDX-License-Identifier: MIT */
/* Microsoft's ways to say who asks: a resource's key, a ready Entra ID token, or a token minted
 * from a client secret, a federated token (workload identity) or the machine's managed identity.
 * Never two at once. The credential is "entra", its part "token".
 *
 * Options of the manifest: auth, tenant-id, client-id, authority, scope, managed-identity,
 * identity-endpoint. Secrets: api-key, ad-token, client-secret, federated-token-file (the file's
 * content, read anew). The driver's kinds include PB_KIND_CREDENTIAL. */
#ifndef PATCHBAY_LIB_ENTRA_H
#define PATCHBAY_LIB_ENTRA_H

#include "lib/ctx.h"

#include <stdbool.h>

/* Read once when the provider is opened; the texts live in the configuration. */
typedef struct pbs_entra {
    pb_str tenant, client, authority, scope, identity;
    bool managed;  /* the machine's identity may be asked for */
    bool no_entra; /* auth = key                               */
    bool no_key;   /* auth = entra                             */
} pbs_entra;

/* scope: where the configuration gives none. */
void pbs_entra_read(const pb_core_api *api, const pb_json *config, const char *scope,
                    pbs_entra *out);

/* How a request was signed. */
typedef enum pbs_entra_way {
    PBS_ENTRA_NONE,
    PBS_ENTRA_KEY,
    PBS_ENTRA_READY,
    PBS_ENTRA_MINTED
} pbs_entra_way;

/* In sign(): sets one header, `key_header` with the key as it is ("api-key"; NULL: authorization
 * as bearer), or authorization with a token. Gives PB_SEND, PB_NEED_CREDENTIAL, or PB_FAIL with
 * fail() called. */
pb_next pbs_entra_sign(const pbs_ctx *ctx, const pbs_entra *entra, const char *key_header,
                       pbs_entra_way *way);

/* begin of a KIND_CREDENTIAL exchange, whose sign() sets nothing. */
pb_next pbs_entra_begin(const pbs_ctx *ctx, const pbs_entra *entra);

/* The reply to it, whole, as its body: PB_DONE, or PB_FAIL with fail() called. */
pb_next pbs_entra_take(const pbs_ctx *ctx, const pbs_entra *entra, int status, pb_str body);

#endif
