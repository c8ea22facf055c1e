/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings: order, number form, base64, holes. */
#include "base/error.h"
#include "unit/answer/events.h"

#include <math.h>

static const float first[] = {0.0125f, -0.031f, 0.0008f};
static const float second[] = {1.0f, 0.0f, -2.5f};

static PbayAnswer *answer_of(bool base64, size_t inputs)
{
    PbayAnswerSpec spec = spec_of(PB_KIND_EMBEDDING);
    spec.base64 = base64;
    spec.inputs = inputs;
    spec.stream = true; /* means nothing here */
    spec.chunk = collect;
    return pbay_answer_new(&spec);
}

static void test_order(void)
{
    PbayAnswer *a = answer_of(false, 2);
    take_ok(a, ev_vector(1, second, 3));
    take_ok(a, ev_vector(0, first, 3));
    pb_event usage = ev_usage(5, 0);
    usage.known = PB_USAGE_IN;
    take_ok(a, usage);
    take_ok(a, ev_named(PB_EV_META, "model", "served"));
    g_assert_true(pbay_answer_committed(a));
    g_autofree char *text = finished(a);
    g_assert_cmpstr(text, ==,
                    "{\"object\":\"list\",\"data\":["
                    "{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.0125,-0.031,0.0008]},"
                    "{\"object\":\"embedding\",\"index\":1,\"embedding\":[1,0,-2.5]}],"
                    "\"model\":\"served\",\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5}}");
    pbay_answer_free(a);
}

static void test_base64(void)
{
    PbayAnswer *a = answer_of(true, 1);
    take_ok(a, ev_vector(0, second, 3));
    g_autofree char *text = finished(a);
    /* 1.0f, 0.0f, -2.5f as little-endian: 0000803f 00000000 000020c0 */
    g_assert_cmpstr(text, ==,
                    "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,"
                    "\"embedding\":\"AACAPwAAAAAAACDA\"}],\"model\":\"asked\"}");
    pbay_answer_free(a);
}

static void incomplete(PbayAnswer *a, const char *says)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(pbay_answer_complete(a, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_PROTOCOL);
    g_assert_nonnull(strstr(error->message, says));
    g_assert_cmpstr(pbay_answer_fault(a), ==, "invalid_upstream_response");
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_false(pbay_answer_write(a, out));
    g_assert_cmpuint(out->len, ==, 0);
    pbay_answer_free(a);
}

static void test_holes(void)
{
    incomplete(answer_of(false, 0), "no embedding");
    incomplete(answer_of(false, 2), "input 1 of 2");
    PbayAnswer *a = answer_of(false, 0);
    take_ok(a, ev_vector(1, second, 3));
    incomplete(a, "input 1 of 2");
    a = answer_of(false, 3);
    take_ok(a, ev_vector(0, second, 3));
    take_ok(a, ev_vector(1, second, 3));
    incomplete(a, "input 3 of 3");
}

static void test_refused(void)
{
    static const float odd[] = {1.0f, NAN};
    static const float endless[] = {INFINITY};
    PbayAnswer *a = answer_of(false, 2);
    take_ok(a, ev_vector(0, first, 3));
    take_bad(a, ev_vector(0, first, 3), "second embedding");
    take_bad(a, ev_vector(2, first, 3), "not given");
    take_bad(a, ev_vector(1, first, 0), "embedding of no");
    take_bad(a, ev_vector(1, NULL, 3), "embedding of no");
    take_bad(a, ev_vector(1, odd, 2), "finite");
    take_bad(a, ev_vector(1, endless, 1), "finite");
    pbay_answer_free(a);
    a = answer_of(false, 0);
    take_bad(a, ev_vector(65536, first, 3), "not given");
    take_bad(a, ev_vector(UINT32_MAX, first, 3), "not given");
    pbay_answer_free(a);
}

static void test_bound(void)
{
    enum { N = 65536 };
    g_autofree float *large = g_new0(float, N + 1);
    PbayAnswer *a = answer_of(false, 0);
    take_bad(a, ev_vector(0, large, N + 1), "65536");
    for (uint32_t i = 0; i < 256; i++)
        take_ok(a, ev_vector(i, large, N));
    take_bad(a, ev_vector(256, large, N), "64 MiB");
    pbay_answer_free(a);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/embedding/order", test_order);
    g_test_add_func("/embedding/base64", test_base64);
    g_test_add_func("/embedding/holes", test_holes);
    g_test_add_func("/embedding/refused", test_refused);
    g_test_add_func("/embedding/bound", test_bound);
    return g_test_run();
}
