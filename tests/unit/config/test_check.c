/* SPDX-License-Identifier: Apache-2.0 */
/* Names of sections and keys, and sections as a whole. */
#include "unit/config/fixture.h"

static void test_unknown_section(void)
{
    fixture_assert_load("[provder groq]\napi-key=k\nanything\\=x\n[defualts]\n[zebra]\n[Log]\n",
                        "FILE:1: no section is called [provder groq]\n"
                        "  did you mean [provider groq]?\n"
                        "FILE:4: no section is called [defualts]\n  did you mean [defaults]?\n"
                        "FILE:5: no section is called [zebra]\n  known are defaults, provider, "
                        "model, driver, limits, price, health, log, egress\n"
                        "FILE:6: no section is called [Log]\n  did you mean [log]?\n");
}

static void test_section_names(void)
{
    fixture_assert_load(
        "[log x]\n[provider]\n[provider Groq]\n[driver  a]\n[model]\n[limits GPT-4]\n[price a/b "
        "c]\n",
        "FILE:1: [log x] takes no name\n"
        "FILE:2: [provider] needs one blank and a name of a-z, 0-9, _ and -, beginning with a "
        "letter or digit\n  such as [provider groq]\n"
        "FILE:3: [provider Groq] needs one blank and a name of a-z, 0-9, _ and -, beginning with a "
        "letter or digit\n  such as [provider groq]\n"
        "FILE:4: [driver  a] needs one blank and a name of a-z, 0-9, _ and -, beginning with a "
        "letter or digit\n  such as [driver openai]\n"
        "FILE:5: [model] needs one blank and a name\n  such as [model fast]\n"
        "FILE:6: [limits GPT-4] needs one blank and PROVIDER or PROVIDER/MODEL\n"
        "  such as [limits openai/gpt-4]\n"
        "FILE:7: [price a/b c] needs one blank and PROVIDER/MODEL\n"
        "  such as [price openai/gpt-4]\n");
}

static void test_unknown_key(void)
{
    fixture_assert_load("[defaults]\ntiemout=5s\nx-note=$ ${ \\q # ; anything\nzebra=1\n"
                        "[log]\nzebra=1\n[model m]\ntarget=a/b\ntargets=a/b\n",
                        "FILE:2: [defaults] has no key `tiemout`\n  did you mean `timeout`?\n"
                        "FILE:4: [defaults] has no key `zebra`\n  [defaults] knows model, "
                        "timeout-connect, timeout-first-byte, timeout-first-token, timeout-idle, "
                        "timeout-attempt, timeout, max-response, drop-params, retries, attempts, "
                        "hedge\n"
                        "FILE:6: [log] has no key `zebra`\n  [log] knows level, format\n"
                        "FILE:8: [model m] has no key `target`\n  did you mean `targets`?\n");
}

static void test_provider_keys(void)
{
    /* Options of drivers are kept, whatever they are called; only impossible names are refused. */
    fixture_assert_load("[provider p]\nregion=x\naccess-key-id=a\nCase.d_1=x\n", "");
    fixture_assert_load(
        "[provider p]\nre/gion=x\n-x=y\nheader.Host=h\nheader.a:b=c\n"
        "region-env=${env:A}\nx-/=1\n",
        "FILE:2: `re/gion` cannot be a key: a key is made of letters, digits, - _ "
        "and .\n"
        "FILE:3: `-x` cannot be a key: a key is made of letters, digits, - _ and .\n"
        "FILE:4: `header.Host` cannot be a key: this header belongs to the "
        "connection and is written by Patchbay alone\n"
        "FILE:5: `header.a:b` cannot be a key: no HTTP header has such a name\n"
        "FILE:6: `region-env` names environment variables and takes no reference\n"
        "  write the bare names: GROQ_API_KEY, not ${env:GROQ_API_KEY}\n");
}

static void test_model(void)
{
    fixture_assert_load("[model alias]\ntargets=openai/gpt-4\n", "");
    fixture_assert_load("[model none]\n[model empty]\ntargets=\n",
                        "FILE:1: [model none] names no target\n"
                        "  write targets = PROVIDER/MODEL\n"
                        "FILE:3: [model empty] names no target\n"
                        "  write targets = PROVIDER/MODEL\n");
    fixture_assert_load("[model two]\ntargets=openai/gpt-4 weight=3;azure/prod\nstrategy=weighted\n"
                        "fallbacks=alias;a/b\ncontext-window-fallbacks=a/big\n"
                        "content-policy-fallbacks=a/lax\nretries=0\nattempts=3\nhedge=yes\n"
                        "timeout-connect=1s\ntimeout-first-byte=2s\ntimeout-first-token=3s\n"
                        "timeout-idle=4s\ntimeout-attempt=5s\ntimeout=0\n",
                        "");
    fixture_assert_load("[model cheap]\ntargets=a/b;c/d\nstrategy=budget\nmax-cost=0.005\n"
                        "prefer=expensive\nover-budget=refuse\n",
                        "");
    fixture_assert_load("[model smart]\nstrategy=rules\nrule.1=chars < 100 -> a/b\n"
                        "rule.20=tools -> high quality\ndefault=a/b\nlabels-from=metadata\n",
                        "");
    /* A mistake in a target is told once, not twice. */
    fixture_assert_load("[model bad]\ntargets=gpt-4\nretries=2000\nstrategy=oder\n",
                        "FILE:2: `targets` is no target: write PROVIDER/MODEL, such as "
                        "openai/gpt-4o-mini\n"
                        "FILE:3: `retries` is out of range: 0 to 100\n"
                        "FILE:4: `strategy` is none of order, weighted, least-busy, latency, cost, "
                        "budget, rules (did you mean order?)\n");
}

/* Families of keys are among what a section knows. */
static void test_families_are_known(void)
{
    g_autofree char *dir = fixture_dir();
    g_autofree char *path = fixture_write(dir, "a.conf", "[price a/b]\nzebra=1\ninput=1\n");
    const char *const paths[] = {path, NULL};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    g_autoptr(PbayConfig) config = pbay_config_load(&(PbayConfigInput){.paths = paths}, problems);
    g_autofree char *text = fixture_text(problems);
    g_assert_nonnull(config);
    g_assert_nonnull(strstr(text, "image, request, above-*\n"));
    fixture_remove(g_steal_pointer(&dir));
}

/* One mistake hides no other of the same section; but nothing is told twice, and nothing that may
 * only follow from a key that was misspelt. */
static void test_beside_each_other(void)
{
    fixture_assert_load("[model m]\ntargets=a/b weight=2;c;d/e\nretries=x\nmax-cost=1\n",
                        "FILE:2: item 2 of `targets` is no target: write PROVIDER/MODEL, such as "
                        "openai/gpt-4o-mini\n"
                        "FILE:2: the weights in `targets` have no effect with strategy order\n"
                        "  write strategy = weighted, or take the weights out\n"
                        "FILE:3: `retries` is no whole number\n"
                        "FILE:4: `max-cost` has no effect with strategy order\n"
                        "  write strategy = budget, or take it out\n");
    fixture_assert_load("[model m]\nstrategi=budget\nmax-cost=1\ntarget=a/b\n",
                        "FILE:2: [model m] has no key `strategi`\n  did you mean `strategy`?\n"
                        "FILE:4: [model m] has no key `target`\n  did you mean `targets`?\n");
    fixture_assert_load("[model m]\nstrategy=budget\ntarget=a/b\nprefer=cheep\nlabels-from="
                        "metadata\n",
                        "FILE:3: [model m] has no key `target`\n  did you mean `targets`?\n"
                        "FILE:4: `prefer` is none of cheap, balanced, expensive (did you mean "
                        "cheap?)\n"
                        "FILE:5: `labels-from` has no effect with strategy budget\n"
                        "  write strategy = rules, or take it out\n");
    fixture_assert_load("[limits a]\nqueue-timeout=3s\nqeue=2\nrpm=0\n",
                        "FILE:3: [limits a] has no key `qeue`\n  did you mean `queue`?\n"
                        "FILE:4: `rpm` is out of range: 1 to 1000000000000\n");
    fixture_assert_load("[limits a]\nqueue-timeout=3s\nrpm=0\n",
                        "FILE:2: `queue-timeout` has no effect: nothing waits without `queue`\n"
                        "  write queue = N: how many may wait\n"
                        "FILE:3: `rpm` is out of range: 1 to 1000000000000\n");
}

/* What a strategy needs, and what has no effect with it. */
static void test_model_strategy(void)
{
    fixture_assert_load("[model a]\nstrategy=rules\n",
                        "FILE:1: [model a] has strategy rules and no rule\n"
                        "  such as rule.1 = chars > 1000 -> PROVIDER/MODEL\n"
                        "FILE:1: [model a] does not say where a request goes when no rule applies\n"
                        "  write default = PROVIDER/MODEL\n");
    fixture_assert_load("[model a]\nstrategy=rules\nrule.1=tools -> a/b\ndefault=a/b\n"
                        "targets=a/b\nprefer=cheap\n",
                        "FILE:5: `targets` has no effect with strategy rules: the rules name them\n"
                        "  take it out; where another file gave it, write `targets =` over it\n"
                        "FILE:6: `prefer` has no effect with strategy rules\n"
                        "  write strategy = budget, or take it out\n");
    fixture_assert_load("[model a]\nstrategy=rules\nrule.1=tools -> a/b\ndefault=a/b\ntargets=\n",
                        "");
    fixture_assert_load("[model a]\ntargets=a/b\nrule.1=chars > 1 -> a/b\ndefault=a/b\n"
                        "labels-from=metadata\n",
                        "FILE:3: `rule.1` has no effect with strategy order\n"
                        "  write strategy = rules, or take it out\n"
                        "FILE:4: `default` has no effect with strategy order\n"
                        "  write strategy = rules, or take it out\n"
                        "FILE:5: `labels-from` has no effect with strategy order\n"
                        "  write strategy = rules, or take it out\n");
    fixture_assert_load("[model a]\ntargets=a/b;c/d\nstrategy=budget\n",
                        "FILE:3: [model a] has strategy budget and no `max-cost`\n"
                        "  write max-cost = DOLLARS, such as 0.005\n");
    fixture_assert_load("[model a]\ntargets=a/b;c/d weight=2\n",
                        "FILE:2: the weights in `targets` have no effect with strategy order\n"
                        "  write strategy = weighted, or take the weights out\n");
    fixture_assert_load("[model a]\ntargets=a/b weight=0;c/d weight=2\nstrategy=least-busy\n", "");
    fixture_assert_load("[model a]\ntargets=a/b;c/d\nstrategy=cost\nmax-cost=1\n",
                        "FILE:4: `max-cost` has no effect with strategy cost\n"
                        "  write strategy = budget, or take it out\n");
}

static void test_rule_numbers(void)
{
    fixture_assert_load(
        "[model a]\nstrategy=rules\nrule.x=tools -> a/b\nrule.01=tools -> a/b\n"
        "rule.1.5=tools -> a/b\nrule.-1=tools -> a/b\nrule.1234567890=tools -> a/b\n"
        "rule.0=tools -> a/b\ndefault=a/b\n",
        "FILE:3: `rule.x` cannot be a key: rules are numbered, such as rule.1 or rule.20\n"
        "FILE:4: `rule.01` cannot be a key: a rule's number does not begin with 0\n"
        "FILE:5: `rule.1.5` cannot be a key: rules are numbered, such as rule.1 or rule.20\n"
        "FILE:6: `rule.-1` cannot be a key: rules are numbered, such as rule.1 or rule.20\n"
        "FILE:7: `rule.1234567890` cannot be a key: rules are numbered, such as rule.1 or "
        "rule.20\n");
}

static void test_require(void)
{
    fixture_assert_load("[provider p]\nrequire=none\n[provider q]\nrequire=api-key;token\n", "");
    fixture_assert_load("[provider p]\nrequire=none;api-key\n",
                        "FILE:2: `require` names secrets and `none` together\n"
                        "  write `none` alone, or the names of secrets\n");
}

static void test_money_and_limits(void)
{
    fixture_assert_load("[price openai/gpt-4]\ninput=30.00\noutput=60.00\ncached-input=0.5\n"
                        "above-200000.input=60\nabove-200000.output=90.5\n"
                        "[limits openai/gpt-4]\nrpm=500\ntpm=30000\nparallel=8\nqueue=0\n"
                        "queue-timeout=2s\ncontext=8192\n[limits openai]\nparallel=100\n"
                        "[health]\ndaily-cap=0.10\ntimeout=30s\n",
                        "");
    fixture_assert_load(
        "[price a/b]\ninput=3e1\nabove-1.input=x\n[limits a/b]\nrpm=many\n"
        "parallel=0\nqueue=-1\n[health]\ndaily-cap=free\ntimeout=0\n",
        "FILE:2: `input` is no amount: write digits with a point, such as 2.50\n"
        "FILE:3: `above-1.input` is no amount: write digits with a point, such as "
        "2.50\n"
        "FILE:5: `rpm` is no whole number\n"
        "FILE:6: `parallel` is out of range: 1 to 1000000000000\n"
        "FILE:7: `queue` is out of range: 0 to 1000000\n"
        "FILE:9: `daily-cap` is no amount: write digits with a point, such as 2.50\n"
        "FILE:10: `timeout` is out of range: 1 to 2592000000 ms\n");
    fixture_assert_load("[limits a]\nqueue=5\n[limits b]\nrpm=1\nqueue-timeout=1s\n",
                        "FILE:2: `queue` has no effect: [limits a] bounds nothing that one could "
                        "wait for\n"
                        "  write rpm, tpm or parallel too\n"
                        "FILE:5: `queue-timeout` has no effect: nothing waits without `queue`\n"
                        "  write queue = N: how many may wait\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/unknown-section", test_unknown_section);
    g_test_add_func("/check/section-names", test_section_names);
    g_test_add_func("/check/unknown-key", test_unknown_key);
    g_test_add_func("/check/provider-keys", test_provider_keys);
    g_test_add_func("/check/model", test_model);
    g_test_add_func("/check/model-strategy", test_model_strategy);
    g_test_add_func("/check/beside-each-other", test_beside_each_other);
    g_test_add_func("/check/families", test_families_are_known);
    g_test_add_func("/check/rule-numbers", test_rule_numbers);
    g_test_add_func("/check/require", test_require);
    g_test_add_func("/check/money-and-limits", test_money_and_limits);
    return g_test_run();
}
