/* SPDX-License-Identifier: Apache-2.0 */
/* The driver: its table, what it offers, and run(), which the core calls on a thread of its
 * engine pool. It is the example for engines that live inside the process: no HTTP, no secret,
 * no state between exchanges; everything of a run is on its own stack or freed before it
 * returns. */
#include "eliza.h"

#include "lib/manifest.h"
#include "lib/setup.h"
#include "text.h"

pb_next eliza_fail(const ElizaRun *run, int32_t cls, const char *message, const char *param)
{
    pb_error error = {.size = sizeof error,
                      .cls = cls,
                      .retry = -1,
                      .message = pbs_str(message),
                      .param = pbs_str(param)};
    run->api->fail(run->x, &error);
    return PB_FAIL;
}

static pb_next list_models(const ElizaRun *run)
{
    static const char details[] = "{\"owned_by\":\"patchbay\",\"kinds\":[\"chat\",\"completion\"],"
                                  "\"note\":\"not a language model: keyword rules from 1966\"}";
    pb_event model = {.size = sizeof model,
                      .kind = PB_EV_MODEL,
                      .id = pbs_str("doctor"),
                      .name = pbs_str("ELIZA with the DOCTOR script, 1966; not a language model"),
                      .text = pbs_str(details)};
    run->api->emit(run->x, &model);
    return PB_DONE;
}

static pb_next run_eliza(void *prov, pb_xchg *x, const pb_request *request,
                         int32_t (*cancelled)(pb_xchg *))
{
    const pbs_driver *core = prov;
    ElizaRun run = {.api = core->api, .x = x, .request = request, .cancelled = cancelled};
    if (request->kind == PB_KIND_MODELS)
        return list_models(&run);
    if (request->kind == PB_KIND_PROBE)
        return PB_DONE;
    if (!pbs_is(request->model, "doctor"))
        return eliza_fail(&run, PB_ERR_NOT_FOUND,
                          "ELIZA has one model, \"doctor\" (eliza/doctor); choose that", "model");
    if (request->kind == PB_KIND_CHAT || request->kind == PB_KIND_COMPLETION)
        return eliza_answer(&run);
    if (request->kind == PB_KIND_COUNT_TOKENS)
        return eliza_count(&run);
    return eliza_fail(&run, PB_ERR_UNSUPPORTED,
                      "ELIZA only talks: chat, completion, models and counting words", NULL);
}

/* A provider has nothing of its own. */
static int32_t provider_open(void *drv, pb_provider *provider, const pb_json *config, void **prov)
{
    (void)provider;
    (void)config;
    *prov = drv;
    return 0;
}

static const char *const prefixes[] = {"eliza", NULL};

static const pb_driver driver = {
    .size = sizeof driver,
    .abi_minor = PB_ABI_MINOR,
    .flags = PB_DRIVER_EXECUTE,
    .kinds = PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |
             PB_KIND_BIT(PB_KIND_COUNT_TOKENS) | PB_KIND_BIT(PB_KIND_MODELS) |
             PB_KIND_BIT(PB_KIND_PROBE),
    .id = "eliza",
    .version = "0.1.0",
    .vendor = "Patchbay",
    .license = "Apache-2.0",
    .prefixes = prefixes,
    .manifest = patchbay_manifest,
    .init = pbs_init,
    .provider_open = provider_open,
};

static const pb_execute execute = {.size = sizeof execute, .parallel = 8, .run = run_eliza};

const void *patchbay_driver_get(const char *iface)
{
    if (pbs_is(pbs_str(iface), PB_DRIVER_IFACE))
        return &driver;
    if (pbs_is(pbs_str(iface), PB_EXECUTE_IFACE))
        return &execute;
    return NULL;
}
