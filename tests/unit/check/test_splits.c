/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of how a reply comes: the good fake passes them, and for each there is one that
 * does not. */
#include "rig.h"

#define TWICE_EARLY                                                                                \
    "{\"events\":[{\"kind\":\"text\",\"text\":\"Hello \"},"                                        \
    "{\"kind\":\"finish\",\"text\":\"stop\"}]}"

static void test_good(void)
{
    static const char *const checks[] = {"recorded",       "split",           "random",      "cut",
                                         "deferred-split", "deferred-random", "deferred-cut"};
    g_autofree char *text = rig_text(NULL, NULL, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++)
        rig_passes("good", checks[i], text, NULL);
}

static void test_recorded(void)
{
    g_autofree char *text = rig_text(NULL, "events", "{\"events\":[]}");
    g_autofree char *other = rig_text("other", NULL, NULL);

    rig_fails("good", "recorded", text, NULL, "(as recorded):\n  events: $: expected 0 elements");
    rig_fails("good", "recorded", other, NULL, "a recording of driver other, this is good");
}

/* Its text is what came first. */
static void test_depends_on_pieces(void)
{
    g_autofree char *text = rig_text("done_early", "events", TWICE_EARLY);

    rig_passes("done_early", "recorded", text, NULL);
    rig_fails("done_early", "split", text, NULL, "split (one byte at a time):");
    rig_fails("done_early", "split", text, "--at=3", "split at byte 3):");
    rig_fails("done_early", "random", text, NULL, "split at random, seed 1");
    rig_fails("done_early", "cut", text, NULL, "done, though the reply was cut");
    rig_fails("done_early", "deferred-split", text, NULL, "deferred-split (one byte at a time)");
    rig_fails("done_early", "deferred-random", text, NULL, "split at random");
    rig_fails("done_early", "deferred-cut", text, NULL, "done, though the reply was cut");
}

/* A credential is minted, used, dropped and read again in one op. */
static void test_reads_its_effects(void)
{
    static const char *const token =
        "{\"send\":{\"method\":\"GET\",\"url\":\"https://h.example/v1/token\"}}\n"
        "{\"head\":{\"status\":200}}\n{\"bytes\":\"token:made-up\"}\n{\"end\":true}\n"
        "{\"send\":{\"method\":\"POST\",\"url\":\"https://h.example/v1/chat\","
        "\"body\":{\"model\":\"m\",\"stream\":true}}}";
    g_autofree char *text = rig_text("reads_itself", "send", token);
    g_autoptr(GString) changed = g_string_new(text);

    g_string_replace(changed, "Hello you\"", "1 0\"", 0);
    rig_passes("reads_itself", "recorded", changed->str, NULL);
    rig_fails("reads_itself", "deferred-split", changed->str, NULL, "got \"1 1\"");
}

static void test_crash(void)
{
    g_autofree char *text = rig_text("crash_at_five", NULL, NULL);

    rig_fails("crash_at_five", "cut", text, NULL, "cut (cut off after byte 5):\n  the driver");
    rig_fails("crash_at_five", "cut", text, NULL, " --at 5\n");
    rig_passes("crash_at_five", "cut", text, "--at=4");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/splits/good", test_good);
    g_test_add_func("/check/splits/recorded", test_recorded);
    g_test_add_func("/check/splits/depends-on-pieces", test_depends_on_pieces);
    g_test_add_func("/check/splits/reads-its-effects", test_reads_its_effects);
    g_test_add_func("/check/splits/crash", test_crash);
    return g_test_run();
}
