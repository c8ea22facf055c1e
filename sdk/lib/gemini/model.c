/* SPDX-License-Identifier: MIT */
/* Owns what the name of a model tells of it. A name that says nothing is taken for a current
 * model, whose interface the older ones only lack parts of. Pure; any thread. */
#include "lib/gemini/internal.h"

static bool says(pb_str name, const char *word)
{
    return pbs_find_nocase(name, word) != PBS_NONE;
}

static int digit(pb_str s, size_t i)
{
    return i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9' ? s.ptr[i] - '0' : -1;
}

/* "gemini-2.5-pro" -> 2 and 5. */
static void read_generation(pb_str name, pbs_gemini_model *model)
{
    size_t at = pbs_find_nocase(name, "gemini-");
    if (at == PBS_NONE)
        return;
    pb_str rest = pbs_skip(name, at + 7);
    if (digit(rest, 0) > 0) {
        model->generation = digit(rest, 0);
        if (rest.len > 2 && rest.ptr[1] == '.' && digit(rest, 2) >= 0)
            model->minor = digit(rest, 2);
    } else if (pbs_is(rest, "pro") || pbs_is(rest, "pro-vision") || pbs_is(rest, "ultra")) {
        model->generation = 1;
    } else if (says(rest, "robotics-er-1.5")) {
        model->generation = 2;
        model->minor = 5;
    }
}

pbs_gemini_model pbs_gemini_model_of(pb_str name)
{
    pbs_gemini_model model = {.pro = says(name, "-pro"),
                              .lite = says(name, "lite"),
                              .gemma = says(name, "gemma"),
                              .image = says(name, "-image"),
                              .speech = says(name, "-tts")};
    read_generation(name, &model);
    return model;
}

bool pbs_gemini_takes_json_schema(const pbs_gemini *g)
{
    return g->model.generation != 1 && !g->model.gemma;
}
