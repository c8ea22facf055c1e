/* SPDX-License-Identifier: Apache-2.0 */
/* What the vendors saw, counted. */
#include "sim/sim.h"

SimRequest *sim_request(const Sim *sim, size_t n)
{
    return sim->requests->pdata[n];
}

SimCall *sim_call_at(const Sim *sim, size_t n)
{
    return sim->calls->pdata[n];
}

static bool is_of(const SimRequest *request, int vendor, int64_t from, int64_t until)
{
    return (vendor < 0 || request->vendor == vendor) && request->at >= from && request->at < until;
}

unsigned sim_count(const Sim *sim, int vendor, int64_t from, int64_t until)
{
    unsigned n = 0;
    for (guint i = 0; i < sim->requests->len; i++)
        n += is_of(sim_request(sim, i), vendor, from, until);
    return n;
}

unsigned sim_count_good(const Sim *sim, int vendor, int64_t from, int64_t until)
{
    unsigned n = 0;
    for (guint i = 0; i < sim->requests->len; i++) {
        const SimRequest *request = sim_request(sim, i);
        n += is_of(request, vendor, from, until) && request->fault == SIM_GOOD &&
             request->ended >= 0;
    }
    return n;
}

unsigned sim_count_failed_calls(const Sim *sim)
{
    unsigned n = 0;
    for (guint i = 0; i < sim->calls->len; i++)
        n += sim_call_at(sim, i)->cls != 0;
    return n;
}

unsigned sim_alive(const Sim *sim, int vendor)
{
    GPtrArray *alive = sim->alive[vendor];
    for (guint i = alive->len; i > 0; i--)
        if (!sim_request_alive(alive->pdata[i - 1]))
            g_ptr_array_remove_index_fast(alive, i - 1);
    return alive->len;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

int64_t sim_first_ms(const Sim *sim, double share)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        int64_t ms = call->first_at - call->began;
        if (call->stream && call->first_at >= 0)
            g_array_append_val(times, ms);
    }
    g_assert_cmpuint(times->len, >, 0);
    g_array_sort(times, by_value);
    guint at = (guint)((double)times->len * share);
    return g_array_index(times, int64_t, MIN(at, times->len - 1));
}

static uint64_t mix(uint64_t digest, int64_t value)
{
    return (digest ^ (uint64_t)value) * UINT64_C(1099511628211);
}

uint64_t sim_digest(const Sim *sim)
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (guint i = 0; i < sim->requests->len; i++) {
        const SimRequest *request = sim_request(sim, i);
        digest = mix(mix(mix(digest, request->at), request->vendor), (int64_t)request->call);
        digest = mix(mix(digest, (int64_t)request->fault), request->ended);
    }
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        digest = mix(mix(mix(digest, call->ended), call->cls), call->served);
    }
    return digest;
}

void sim_assert_between(const char *what, int64_t value, int64_t low, int64_t high)
{
    if (value < low || value > high)
        g_error("%s is %" G_GINT64_FORMAT ", not between %" G_GINT64_FORMAT
                " and %" G_GINT64_FORMAT,
                what, value, low, high);
}
