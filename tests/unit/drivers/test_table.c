/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/table.h"

#include "drivers/row.h"

#include <stddef.h>
#include <string.h>

static const char *const good_prefixes[] = {"one", "two-2", NULL};
static pb_driver table;
static pb_execute engine;
static const void *answer_driver, *answer_execute;

static const void *entry(const char *iface)
{
    if (strcmp(iface, PB_DRIVER_IFACE) == 0)
        return answer_driver;
    return strcmp(iface, PB_EXECUTE_IFACE) == 0 ? answer_execute : NULL;
}

static int32_t init(const pb_core_api *api, pb_core *core, void **drv)
{
    (void)api, (void)core, (void)drv;
    g_assert_not_reached(); /* judging calls nothing */
}

static pb_next begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    (void)prov, (void)x, (void)request, (void)state;
    return PB_DONE;
}

static pb_next on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    (void)prov, (void)x, (void)state, (void)bytes;
    return PB_READ;
}

static pb_next on_end(void *prov, pb_xchg *x, void *state)
{
    (void)prov, (void)x, (void)state;
    return PB_DONE;
}

static void end(void *prov, pb_xchg *x, void *state)
{
    (void)prov, (void)x, (void)state;
}

static pb_next run(void *prov, pb_xchg *x, const pb_request *request,
                   int32_t (*cancelled)(pb_xchg *))
{
    (void)prov, (void)x, (void)request, (void)cancelled;
    return PB_DONE;
}

static void reset(void)
{
    table = (pb_driver){.size = sizeof table,
                        .kinds = PB_KIND_BIT(PB_KIND_CHAT),
                        .id = "driver-1",
                        .version = "1.0",
                        .prefixes = good_prefixes,
                        .init = init,
                        .begin = begin,
                        .on_body = on_body,
                        .on_end = on_end,
                        .end = end};
    engine = (pb_execute){.size = sizeof engine, .run = run};
    answer_driver = &table;
    answer_execute = NULL;
}

static PbayDriver *judge(bool *ok)
{
    PbayDriver *row = pbay_driver_row_new("/x/driver.so");
    *ok = pbay_driver_table_judge(row, entry);
    return row;
}

static void assert_refused(const char *reason, const char *remedy)
{
    bool ok = true;
    PbayDriver *row = judge(&ok);
    g_assert_false(ok);
    g_assert_cmpstr(row->reason, ==, reason);
    g_assert_cmpstr(row->remedy, ==, remedy);
    pbay_driver_row_release(row);
    reset();
}

static const char fixed[] = "ask its vendor for a fixed build";

static void test_good(void)
{
    reset();
    bool ok = false;
    table.manifest = "{\"priority\":7}";
    table.vendor = "V\xff";
    PbayDriver *row = judge(&ok);
    g_assert_true(ok);
    g_assert_cmpstr(row->id, ==, "driver-1");
    g_assert_cmpstr(row->version, ==, "1.0");
    g_assert_cmpstr(row->vendor, ==, "V\xef\xbf\xbd");
    g_assert_cmpstr(row->license, ==, "");
    g_assert_cmpstr(row->prefixes[1], ==, "two-2");
    g_assert_cmpint(row->priority, ==, 7);
    g_assert_cmpuint(row->kinds, ==, PB_KIND_BIT(PB_KIND_CHAT));
    g_assert_true(row->ops != &table); /* its own copy */
    g_assert_true(row->ops->begin == begin);
    g_assert_null(row->execute);
    pbay_driver_row_release(row);
}

static void test_interface_and_size(void)
{
    reset();
    answer_driver = NULL;
    assert_refused("does not offer patchbay.driver/1",
                   "install a version of it for this Patchbay (driver ABI 1.0)");
    table.size = offsetof(pb_driver, end);
    g_autofree char *reason = g_strdup_printf(
        "its table has %zu bytes, fewer than the %zu that patchbay.driver/1 begins with",
        offsetof(pb_driver, end), offsetof(pb_driver, end) + sizeof(void *));
    assert_refused(reason, fixed);
    table.size = 0;
    g_autofree char *none = g_strdup_printf(
        "its table has 0 bytes, fewer than the %zu that patchbay.driver/1 begins with",
        offsetof(pb_driver, end) + sizeof(void *));
    assert_refused(none, fixed);
    table.core_minor_min = 9;
    assert_refused("needs driver ABI 1.9, this Patchbay has 1.0",
                   "update Patchbay, or install an older version of the driver");
}

/* What lies behind `size` is not read: the table may end there. */
static void test_short_table(void)
{
    reset();
    table.size = offsetof(pb_driver, end) + sizeof table.end;
    table.extension = (const void *(*)(void *, const char *))(void (*)(void))end;
    bool ok = false;
    PbayDriver *row = judge(&ok);
    g_assert_true(ok);
    g_assert_null(row->ops->extension);
    pbay_driver_row_release(row);
}

static void test_longer_and_newer(void)
{
    struct {
        pb_driver driver;
        void *more[8];
    } longer;
    reset();
    longer.driver = table;
    longer.driver.size = sizeof longer;
    longer.driver.abi_minor = 7;
    answer_driver = &longer;
    bool ok = false;
    PbayDriver *row = judge(&ok);
    g_assert_true(ok);
    g_assert_cmpuint(row->abi_minor, ==, 7);
    pbay_driver_row_release(row);
}

static void test_names(void)
{
    static const char *const empty[] = {"", NULL}, *const bad[] = {"ok", "a/b", NULL};
    static const char *const none[] = {NULL};
    const char *many[80];
    reset();
    table.id = NULL;
    assert_refused("its id \"\" is not a name of a-z 0-9 - _", fixed);
    table.id = "";
    assert_refused("its id \"\" is not a name of a-z 0-9 - _", fixed);
    table.id = "Upper";
    assert_refused("its id \"Upper\" is not a name of a-z 0-9 - _", fixed);
    g_autofree char *endless = g_strnfill(5000, 'a');
    table.id = endless;
    g_autofree char *cut = g_strnfill(200, 'a');
    g_autofree char *reason = g_strdup_printf("its id \"%s\" is not a name of a-z 0-9 - _", cut);
    assert_refused(reason, fixed);
    table.prefixes = empty;
    assert_refused("its prefix \"\" is not a name of a-z 0-9 - _", fixed);
    table.prefixes = bad;
    assert_refused("its prefix \"a/b\" is not a name of a-z 0-9 - _", fixed);
    table.prefixes = none;
    assert_refused("has no prefix", fixed);
    table.prefixes = NULL;
    assert_refused("has no prefix", fixed);
    for (size_t i = 0; i < G_N_ELEMENTS(many); i++)
        many[i] = "p";
    many[G_N_ELEMENTS(many) - 1] = NULL;
    table.prefixes = many;
    assert_refused("has more than 64 prefixes", fixed);
}

static void test_ops(void)
{
    reset();
    table.init = NULL;
    assert_refused("does not implement init", fixed);
    table.begin = NULL;
    assert_refused("does not implement begin", fixed);
    table.on_body = NULL;
    assert_refused("does not implement on_body", fixed);
    table.on_end = NULL;
    assert_refused("does not implement on_end", fixed);
    table.end = NULL;
    assert_refused("does not implement end", fixed);
    table.flags = PB_DRIVER_ISOLATE;
    assert_refused(
        "wants a helper process of its own (PB_DRIVER_ISOLATE), which this Patchbay does "
        "not offer",
        "update Patchbay, or install a build of the driver that loads in process");
    table.manifest = "{\"note\":1}";
    assert_refused("manifest: note must be a string", fixed);
}

static void test_execute(void)
{
    static const char none[] =
        "says it runs in the process (PB_DRIVER_EXECUTE) but gives no usable patchbay.execute/1";
    reset();
    table.flags = PB_DRIVER_EXECUTE;
    assert_refused(none, fixed);
    table.flags = PB_DRIVER_EXECUTE;
    engine.run = NULL;
    answer_execute = &engine;
    assert_refused(none, fixed);
    table.flags = PB_DRIVER_EXECUTE;
    engine.size = 8;
    answer_execute = &engine;
    assert_refused(none, fixed);
    table.flags = PB_DRIVER_EXECUTE;
    table.begin = NULL;
    table.on_body = NULL;
    table.on_end = NULL;
    table.end = NULL;
    answer_execute = &engine;
    bool ok = false;
    PbayDriver *row = judge(&ok);
    g_assert_true(ok);
    g_assert_true(row->execute != &engine && row->execute->run == run);
    pbay_driver_row_release(row);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/table/good", test_good);
    g_test_add_func("/drivers/table/interface-and-size", test_interface_and_size);
    g_test_add_func("/drivers/table/short-table", test_short_table);
    g_test_add_func("/drivers/table/longer-and-newer", test_longer_and_newer);
    g_test_add_func("/drivers/table/names", test_names);
    g_test_add_func("/drivers/table/ops", test_ops);
    g_test_add_func("/drivers/table/execute", test_execute);
    return g_test_run();
}
