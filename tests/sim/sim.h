/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated fleet on virtual time: the real room of calls over the transport in memory,
 * vendors that answer by a script, and calls that come at random. Time moves only from timer to
 * timer and all chance comes from seeds, so that a simulation is the same each time. Whatever a
 * test is about, every call is judged as it ends (judge.c). One thread. */
#ifndef PBAY_TEST_SIM_H
#define PBAY_TEST_SIM_H

#include "exchange/memory_transport.h"
#include "loop/loop.h"
#include "routing/fleet.h"

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

#define SIM_VENDORS  8  /* targets of one simulation */
#define SIM_TROUBLES 8  /* of one target */
#define SIM_ASKED    64 /* requests of one call */

/* How a request fares. A late one goes wrong in the midst of its content. */
typedef enum SimFault {
    SIM_GOOD,
    SIM_STATUS,    /* another status than 200, with a hint if the trouble has one */
    SIM_REFUSED,   /* no connection                                               */
    SIM_SILENT,    /* not a byte, for ever                                        */
    SIM_STALL,     /* status 200, then nothing more                               */
    SIM_FRAME,     /* status 200, an empty delta, an error frame                  */
    SIM_MALFORMED, /* status 200 and a frame that no answer can have              */
    SIM_POLICY,    /* status 200, and the content is refused                      */
    SIM_CUT,       /* status 200, then the connection is lost                     */
    SIM_STALL_LATE,
    SIM_FRAME_LATE,
    SIM_CUT_LATE
} SimFault;

/* What befalls a share of the requests for a time. */
typedef struct SimTrouble {
    int64_t from, until; /* ms since the start; until 0: for ever   */
    unsigned nth;        /* of those, every n-th alone; 0: each */
    int permille;        /* 1000: every request                     */
    SimFault fault;
    int status;
    int64_t hint_ms; /* retry-after-ms; 0: none                     */
    int64_t slow_ms; /* later than usual by that much               */
    char key;        /* only requests with this key; 0: with any    */
} SimTrouble;

/* Picodollars a token: a price of 2.50 dollars per million tokens is 2500000. */
typedef struct SimPrice {
    int64_t input, cached, write, output, reasoning;
    int64_t request;            /* of each request, whatever it reads */
    int64_t above, above_input; /* `input` where more tokens than `above` are read; 0: no tier */
} SimPrice;

typedef enum SimUsage {
    SIM_USAGE_CLASSES, /* counts of all classes, drawn for each request */
    SIM_USAGE_FIXED,   /* in and out below                              */
    SIM_USAGE_NONE     /* the vendor counts nothing                     */
} SimUsage;

typedef struct SimVendor {
    const char *name;                    /* "a/one": the first letter is the provider */
    int64_t first_ms, spread_ms, gap_ms; /* to the first content, and at random more; between two */
    unsigned pieces;                     /* of content; 0: 3 */
    SimUsage usage;
    int64_t in, out;
    bool priced;
    SimPrice price;
    SimTrouble troubles[SIM_TROUBLES];
} SimVendor;

typedef struct SimSetup {
    SimVendor vendors[SIM_VENDORS];
    const char *conf;  /* of models, limits, defaults; providers and prices come from the vendors */
    int keys;          /* of each provider; 0: 1 */
    unsigned attempts; /* that a call may make, as conf says; 0: as built in */
    uint32_t seed;     /* 0: 1 */
    int64_t wall_s;    /* the wall clock at the start, unix seconds UTC; 0: some day at noon */
} SimSetup;

typedef struct Sim Sim;
typedef struct SimCall SimCall;

/* One request as a vendor saw it. */
typedef struct SimRequest {
    Sim *sim;
    size_t n;
    unsigned call;
    int vendor; /* index */
    char key;   /* '1', '2' ... */
    bool stream;
    bool again;        /* its call asked this provider before */
    int64_t at, ended; /* ended: -1, it was silent or given up by the other side */
    SimFault fault;
    int status;
    int64_t hint_ms;
    unsigned pieces, said;
    bool told; /* its usage, in the classes below */
    int64_t in, out, cached, write, reasoning;
    /* Under way. */
    PbayTimer timer;
    PbayMemoryReply *reply;
    const PbayMemoryRequest *record;
} SimRequest;

bool sim_request_alive(const SimRequest *request);

/* A class of calls that come at random at a mean rate. */
typedef struct SimLoad {
    const char *model;
    unsigned calls;
    double per_second;
    unsigned stream_percent;
    int64_t timeout_ms; /* of each call; 0: as configured */
    bool dry_run;
    /* The request's JSON (g_free), or NULL: a short one. */
    char *(*write)(SimCall *call, void *user);
    void *user;
} SimLoad;

struct SimCall {
    Sim *sim;
    unsigned n;
    const char *model;
    bool stream, dry_run;
    int64_t began, ended, deadline_ms;
    int64_t first_at; /* of its content, as the caller heard it; -1: none */
    unsigned done;
    GString *heard;          /* markers of the content */
    char *id;                /* of the answer that the chunks are of */
    size_t asked[SIM_ASKED]; /* numbers of requests */
    unsigned n_asked;
    /* Of the outcome. */
    int32_t cls; /* of its failure; 0: it went well */
    int64_t retry_after_ms;
    char *message, *report, *answer; /* report and answer: if they are to be kept */
    int served;                      /* vendor, -1: none */
    unsigned hedges, lost;           /* attempts */
    int tag;                         /* a test's own */
};

struct Sim {
    SimSetup setup;
    unsigned n_vendors;
    struct World *world;
    PbayLoop *loop;
    PbayTransport *transport;
    PbayFleet *fleet;
    GRand *chance; /* of arrivals and vendors */
    int64_t began;
    GPtrArray *requests; /* SimRequest *, in the order of starting */
    GPtrArray *alive[SIM_VENDORS];
    unsigned asked[SIM_VENDORS];
    GPtrArray *calls; /* SimCall *, in the order of starting */
    unsigned under_way, most_under_way;
    unsigned arrivals; /* still to come */
    bool keep_reports;
    void (*on_request)(Sim *sim, SimRequest *request); /* as it starts; or NULL */
    void (*on_done)(Sim *sim, SimCall *call);          /* or NULL */
    void *user;
};

Sim *sim_new(const SimSetup *setup);
void sim_free(Sim *sim);
int64_t sim_now(const Sim *sim); /* ms since the start */
double sim_chance(Sim *sim);     /* 0 to 1 */

/* Calls begin to come; several loads may run at a time. */
void sim_add(Sim *sim, const SimLoad *load);
void sim_run_until(Sim *sim, int64_t ms); /* since the start */
void sim_finish(Sim *sim);                /* all calls came and ended */
void sim_run(Sim *sim, const SimLoad *load);
/* One call with a seed of its own, to its end. */
SimCall *sim_call(Sim *sim, const SimLoad *load, uint64_t seed);

/* {"model":...,"messages":[content],...} with more members (",\"a\":1"); g_free. */
char *sim_ask(const SimCall *call, const char *content, const char *more);

SimVendor *sim_vendor(Sim *sim, int vendor);
int sim_vendor_of(const Sim *sim, const char *target); /* -1: none */

/* ---- What the vendors saw (ledger.c) ---- */

SimRequest *sim_request(const Sim *sim, size_t n);
SimCall *sim_call_at(const Sim *sim, size_t n);
/* Requests of a vendor (-1: any) that began in from <= at < until (since the start). */
unsigned sim_count(const Sim *sim, int vendor, int64_t from, int64_t until);
/* Those that went well. */
unsigned sim_count_good(const Sim *sim, int vendor, int64_t from, int64_t until);
unsigned sim_count_failed_calls(const Sim *sim);
unsigned sim_alive(const Sim *sim, int vendor);
/* Of calls that heard something: the time to it at that share; stream calls only. */
int64_t sim_first_ms(const Sim *sim, double share);
/* A number that tells two histories apart. */
uint64_t sim_digest(const Sim *sim);

void sim_assert_between(const char *what, int64_t value, int64_t low, int64_t high);
#define SIM_BETWEEN(value, low, high) sim_assert_between(#value, (int64_t)(value), low, high)

/* ---- Between the files ---- */

void sim_wall_set(int64_t ms); /* clock.c: since 1970 */
void sim_answer(void *sim, size_t n, const PbayHttpRequest *http, PbayMemoryReply *reply);
int64_t sim_cost(const SimPrice *price, const SimRequest *request); /* judge.c */
void sim_judge(const SimCall *call, pb_str answer, pb_str report);  /* judge.c */

#endif
