/* SPDX-License-Identifier: Apache-2.0 */
/* The three vendors of the storm: servers of OpenAI's chat that answer as storm_text.h says, well
 * or not, and write down who asked. Each runs on its stub's thread; the log has a lock of its own.
 * A vendor may be told to lie: then the judge must find it, or proves nothing. */
#ifndef TESTS_E2E_STORM_VENDOR_H
#define TESTS_E2E_STORM_VENDOR_H

#include "e2e/storm_text.h"
#include "stub/stub.h"

#include <pthread.h>

/* What a vendor does wrong to prove the judge. */
typedef enum StormLie {
    STORM_HONEST,
    STORM_LIE_MIX,      /* some answers go on with another target's text                   */
    STORM_LIE_SHORT,    /* some lack their last piece and say they are whole               */
    STORM_LIE_OTHER,    /* some are the answer to another call                             */
    STORM_LIE_AGAIN,    /* some requests are written down twice, as if they had come twice  */
    STORM_LIE_USAGE,    /* some count a token more                                         */
    STORM_LIE_FATE,     /* some fail that should not                                       */
    STORM_LIE_ELSEWHERE /* after content from one target another one is asked too        */
} StormLie;

#define STORM_VISITS 24u /* of one call that are kept */

typedef struct StormEntry {
    StormVisit visit;
    StormFate fate;
    int64_t at_us;
} StormEntry;

typedef struct StormCalls {
    unsigned n;
    StormEntry entries[STORM_VISITS];
} StormCalls;

typedef struct StormFleet StormFleet;

/* What the weather is. */
typedef enum StormWeather {
    STORM_RAGES,  /* fates as storm_text.h says */
    STORM_CALM,   /* nothing fails              */
    STORM_LIMITED /* all is 429 with a short hint */
} StormWeather;

/* Three servers, for calls 0 to n_calls - 1. */
StormFleet *storm_fleet_new(uint32_t seed, unsigned n_calls, StormWeather weather, StormLie lie);
void storm_fleet_free(StormFleet *fleet);
char *storm_fleet_url(const StormFleet *fleet, unsigned target); /* base URL; g_free */
char *storm_key(unsigned target);                                /* the key it takes; g_free */
/* What came for one call; whole only when nothing is under way any more. */
StormCalls storm_fleet_calls(StormFleet *fleet, unsigned nonce);
unsigned storm_fleet_strangers(StormFleet *fleet); /* requests with a wrong key or no nonce */
/* Until every connection is closed, so that all that was sent was seen; false after 10 s. */
bool storm_fleet_wait_closed(StormFleet *fleet);
StormFate storm_fleet_fate(const StormFleet *fleet, StormVisit v);

#endif
