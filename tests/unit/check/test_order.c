/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of what must not matter: the good fake passes them, and for each there is one that
 * does not. */
#include "rig.h"

#include <string.h>

static void test_good(void)
{
    static const char *const checks[] = {"twice", "thread", "interleaved", "unknown", "lifecycle"};
    g_autofree char *text = rig_text(NULL, NULL, NULL);
    g_autofree char *engine =
        rig_text("engine", "send",
                 "{\"events\":[{\"kind\":\"text\",\"text\":\"word word word word word word word "
                 "word word word \"},{\"kind\":\"finish\",\"text\":\"stop\"}]}\n"
                 "{\"outcome\":\"done\"}");
    char *rest = strstr(engine, "{\"head\"");

    *rest = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
        rig_passes("good", checks[i], text, NULL);
        rig_passes("engine", checks[i], engine, NULL);
    }
}

static void test_twice(void)
{
    g_autofree char *text = rig_json("remembers", "13 bytes");

    rig_passes("remembers", "recorded", text, NULL);
    rig_fails("remembers", "twice", text, NULL, "expected \"13 bytes\", got \"26 bytes\"");
}

static void test_thread(void)
{
    g_autofree char *text = rig_json("thread_local", "13 bytes");

    rig_passes("thread_local", "twice", text, NULL);
    rig_fails("thread_local", "thread", text, NULL, "expected \"13 bytes\", got \"0 bytes\"");
}

static void test_interleaved(void)
{
    g_autofree char *text = rig_json("counts", "13 bytes");

    rig_passes("counts", "split", text, NULL);
    rig_fails("counts", "interleaved", text, NULL, "in pieces of 7 bytes");
}

static void test_unknown(void)
{
    g_autofree char *text = rig_json("counts", "13 bytes");

    rig_fails("counts", "unknown", text, NULL, "expected \"13 bytes\", got \"");
}

static void test_lifecycle(void)
{
    g_autofree char *text = rig_text("cancel_waits", NULL, NULL);

    rig_fails("cancel_waits", "lifecycle", text, NULL, "on_cancel: expected PB_SEND");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/order/good", test_good);
    g_test_add_func("/check/order/twice", test_twice);
    g_test_add_func("/check/order/thread", test_thread);
    g_test_add_func("/check/order/interleaved", test_interleaved);
    g_test_add_func("/check/order/unknown", test_unknown);
    g_test_add_func("/check/order/lifecycle", test_lifecycle);
    return g_test_run();
}
