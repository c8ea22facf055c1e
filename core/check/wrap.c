/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of a driver's table with an op of ours in place of each of its own. An op the driver
 * does not have stays missing. The state is the process's: one driver is wrapped at a time, and
 * a wrapped op never runs within another. */
#include "check/wrap.h"

#include <pthread.h>
#include <string.h>

typedef enum Op { BEGIN, SIGN, HEAD, BODY, END, TIMER, CANCEL, CLOSE } Op;

typedef struct Call {
    Op op;
    void *prov, *state, **at;
    pb_xchg *x;
    const pb_request *request;
    int32_t number;
    pb_str bytes;
    pb_next next;
} Call;

static PbayWrap *wrap;
static const pb_driver *real;
static pb_driver table;

static void *call_real(void *data)
{
    Call *c = data;

    switch (c->op) {
    case BEGIN:
        c->next = real->begin(c->prov, c->x, c->request, c->at);
        break;
    case SIGN:
        c->next = real->sign(c->prov, c->x, c->state);
        break;
    case HEAD:
        c->next = real->on_head(c->prov, c->x, c->state, c->number);
        break;
    case BODY:
        c->next = real->on_body(c->prov, c->x, c->state, c->bytes);
        break;
    case END:
        c->next = real->on_end(c->prov, c->x, c->state);
        break;
    case TIMER:
        c->next = real->on_timer(c->prov, c->x, c->state);
        break;
    case CANCEL:
        c->next = real->on_cancel(c->prov, c->x, c->state, c->number);
        break;
    case CLOSE:
        real->end(c->prov, c->x, c->state);
        break;
    }
    return NULL;
}

static void call_on_thread(Call *c)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, call_real, c);

    if (code != 0)
        g_error("no thread for an op: %s", g_strerror(code));
    pthread_join(thread, NULL);
}

static pb_next run(Call *c)
{
    if (wrap->before != NULL)
        wrap->before(wrap->user, c->x);
    if (wrap->threads)
        call_on_thread(c);
    else
        call_real(c);
    if (wrap->after != NULL)
        wrap->after(wrap->user, c->x);
    return c->next;
}

static pb_next wrap_begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    wrap->begins += g_hash_table_add(wrap->alive, x) ? 1 : 0;
    return run(&(Call){.op = BEGIN, .prov = prov, .x = x, .request = request, .at = state});
}

static pb_next wrap_sign(void *prov, pb_xchg *x, void *state)
{
    return run(&(Call){.op = SIGN, .prov = prov, .x = x, .state = state});
}

static pb_next wrap_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    return run(&(Call){.op = HEAD, .prov = prov, .x = x, .state = state, .number = status});
}

static pb_next wrap_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    return run(&(Call){.op = BODY, .prov = prov, .x = x, .state = state, .bytes = bytes});
}

static pb_next wrap_end_of_reply(void *prov, pb_xchg *x, void *state)
{
    return run(&(Call){.op = END, .prov = prov, .x = x, .state = state});
}

static pb_next wrap_timer(void *prov, pb_xchg *x, void *state)
{
    return run(&(Call){.op = TIMER, .prov = prov, .x = x, .state = state});
}

static pb_next wrap_cancel(void *prov, pb_xchg *x, void *state, int32_t why)
{
    pb_next next = run(&(Call){.op = CANCEL, .prov = prov, .x = x, .state = state, .number = why});

    wrap->cancels++;
    wrap->bad_cancel = wrap->bad_cancel || (next != PB_SEND && next != PB_DONE && next != PB_FAIL);
    return next;
}

static void wrap_close(void *prov, pb_xchg *x, void *state)
{
    wrap->ends++;
    wrap->strays += g_hash_table_remove(wrap->alive, x) ? 0 : 1;
    run(&(Call){.op = CLOSE, .prov = prov, .x = x, .state = state});
}

static int32_t wrap_provider_open(void *drv, pb_provider *provider, const pb_json *config,
                                  void **prov)
{
    wrap->opens++;
    return real->provider_open(drv, provider, config, prov);
}

static void wrap_provider_close(void *prov)
{
    wrap->closes++;
    real->provider_close(prov);
}

void pbay_wrap_install(PbayDriver *driver, PbayWrap *with)
{
    g_return_if_fail(wrap == NULL);
    wrap = with;
    wrap->alive = g_hash_table_new(NULL, NULL);
    real = driver->ops;
    table = (pb_driver){0};
    memcpy(&table, real, MIN((size_t)real->size, sizeof table));
    table.size = sizeof table;
#define PUT(op, ours) table.op = table.op != NULL ? (ours) : NULL
    PUT(begin, wrap_begin);
    PUT(sign, wrap_sign);
    PUT(on_head, wrap_head);
    PUT(on_body, wrap_body);
    PUT(on_end, wrap_end_of_reply);
    PUT(on_timer, wrap_timer);
    PUT(on_cancel, wrap_cancel);
    PUT(end, wrap_close);
    PUT(provider_open, wrap_provider_open);
    PUT(provider_close, wrap_provider_close);
#undef PUT
    driver->ops = &table;
}

void pbay_wrap_remove(PbayDriver *driver)
{
    g_return_if_fail(wrap != NULL && driver->ops == &table);
    driver->ops = real;
    g_clear_pointer(&wrap->alive, g_hash_table_unref);
    wrap = NULL;
    real = NULL;
}
