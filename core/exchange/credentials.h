/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that drivers mint, shared by all exchanges of a provider on all workers: one mint
 * at a time for each, everybody else waits for it. The hooks the machine and the services call
 * are in exchange/internal.h; here are the numbers. The store hangs on the provider and goes
 * with it. */
#ifndef PBAY_EXCHANGE_CREDENTIALS_H
#define PBAY_EXCHANGE_CREDENTIALS_H

#define PBAY_CREDENTIAL_MINT_MS  30000   /* deadline of a mint, whoever asked for it           */
#define PBAY_CREDENTIAL_PAUSE_MS 1000    /* after a failure, unless it said how long           */
#define PBAY_CREDENTIAL_HINT_MAX 3600000 /* ms: the longest pause a failure may ask for        */
#define PBAY_CREDENTIAL_DEPTH    4u      /* mints that wait for one another                    */
#define PBAY_CREDENTIAL_NEEDS    2u      /* of one name in one exchange                        */
#define PBAY_CREDENTIAL_FRESH    80      /* percent of its life after which it is minted anew  */
#define PBAY_CREDENTIAL_OVERRIDE 256u    /* entries kept for keys given with single requests   */

#endif
