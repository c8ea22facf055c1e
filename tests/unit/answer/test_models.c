/* SPDX-License-Identifier: Apache-2.0 */
/* Model lists: prefix, details, names. */
#include "unit/answer/events.h"

static pb_event model(const char *id, const char *name, const char *details)
{
    pb_event event = ev_named(PB_EV_MODEL, name, details);
    event.id = pbay_str(id);
    return event;
}

static void test_list(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_MODELS);
    spec.prefix = PBAY_STR("groq");
    PbayAnswer *a = pbay_answer_new(&spec);
    take_ok(a, model("a", NULL, NULL));
    take_ok(a, model("org/b", "B", "{\"created\":5,\"owned_by\":\"x\"}"));
    take_ok(a, model("c", "C", "{\"id\":\"z\",\"object\":\"thing\",\"name\":\"own\"}"));
    g_autofree char *text = finished(a);
    g_assert_cmpstr(text, ==,
                    "{\"object\":\"list\",\"data\":["
                    "{\"id\":\"groq/a\",\"object\":\"model\"},"
                    "{\"id\":\"groq/org/b\",\"object\":\"model\",\"created\":5,"
                    "\"owned_by\":\"x\",\"name\":\"B\"},"
                    "{\"id\":\"groq/c\",\"object\":\"model\",\"name\":\"own\"}]}");
    pbay_answer_free(a);
}

static void test_empty(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_MODELS);
    PbayAnswer *a = pbay_answer_new(&spec);
    g_autofree char *text = finished(a);
    g_assert_cmpstr(text, ==, "{\"object\":\"list\",\"data\":[]}");
    pbay_answer_free(a);
}

static void test_refused(void)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_MODELS);
    PbayAnswer *a = pbay_answer_new(&spec);
    take_bad(a, model(NULL, "x", NULL), "without an id");
    take_bad(a, model("x", NULL, "[]"), "details");
    take_bad(a, model("x", NULL, "{"), "details");
    take_bad(a, ev(PB_EV_TEXT, "x"), "cannot have");
    pbay_answer_free(a);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/models/list", test_list);
    g_test_add_func("/models/empty", test_empty);
    g_test_add_func("/models/refused", test_refused);
    return g_test_run();
}
