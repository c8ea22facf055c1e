/* SPDX-License-Identifier: Apache-2.0 */
/* What names of models tell: the generation, and what a model is for. */
#include "lib/gemini/internal.h"

#include "sdk/host.h"

static void check(const char *name, int generation, int minor)
{
    pbs_gemini_model model = pbs_gemini_model_of(pbs_str(name));
    g_assert_cmpint(model.generation, ==, generation);
    g_assert_cmpint(model.minor, ==, minor);
}

static void test_generations(void)
{
    check("gemini-2.5-pro", 2, 5);
    check("models/gemini-1.5-flash-002", 1, 5);
    check("gemini-3-flash", 3, 0);
    check("gemini-3.1-pro-preview", 3, 1);
    check("gemini-2.0-flash", 2, 0);
    check("gemini-pro", 1, 0);
    check("gemini-pro-vision", 1, 0);
    check("gemini-flash-latest", 0, 0);
    check("gemini-robotics-er-1.5-preview", 2, 5);
    check("tunedModels/mine", 0, 0);
    check("gemini-", 0, 0);
    check("gemini-2.", 2, 0);
    check("", 0, 0);
}

static void test_kinds(void)
{
    g_assert_true(pbs_gemini_model_of(PBS_STR("gemini-2.5-flash-lite")).lite);
    g_assert_true(pbs_gemini_model_of(PBS_STR("gemini-2.5-flash-image")).image);
    g_assert_true(pbs_gemini_model_of(PBS_STR("gemini-2.5-pro-preview-tts")).speech);
    g_assert_true(pbs_gemini_model_of(PBS_STR("gemini-2.5-pro-preview-tts")).pro);
    g_assert_true(pbs_gemini_model_of(PBS_STR("gemma-3-27b-it")).gemma);
    g_assert_false(pbs_gemini_model_of(PBS_STR("gemini-3-flash")).pro);
    g_assert_true(pbs_gemini_is_imagen(PBS_STR("imagen-4.0-generate-001")));
    g_assert_false(pbs_gemini_is_imagen(PBS_STR("gemini-2.5-flash-image")));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/gemini/model/generations", test_generations);
    g_test_add_func("/sdk/gemini/model/kinds", test_kinds);
    return g_test_run();
}
