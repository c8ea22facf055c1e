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
                        "model, driver, limits, price, log, egress\n"
                        "FILE:6: no section is called [Log]\n  did you mean [log]?\n");
}

static void test_section_names(void)
{
    fixture_assert_load(
        "[log x]\n[provider]\n[provider Groq]\n[driver  a]\n[model]\n[limits gpt-4]\n[price a/b "
        "c]\n",
        "FILE:1: [log x] takes no name\n"
        "FILE:2: [provider] needs one blank and a name of a-z, 0-9, _ and -, beginning with a "
        "letter or digit\n  such as [provider groq]\n"
        "FILE:3: [provider Groq] needs one blank and a name of a-z, 0-9, _ and -, beginning with a "
        "letter or digit\n  such as [provider groq]\n"
        "FILE:4: [driver  a] needs one blank and a name of a-z, 0-9, _ and -, beginning with a "
        "letter or digit\n  such as [driver openai]\n"
        "FILE:5: [model] needs one blank and a name\n  such as [model fast]\n"
        "FILE:6: [limits gpt-4] needs one blank and PROVIDER/MODEL\n"
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
                        "timeout-connect, timeout-first-byte, timeout-idle, timeout, max-response, "
                        "drop-params\n"
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
    fixture_assert_load("[model alias]\ntargets=openai/gpt-4 weight=2\n", "");
    fixture_assert_load("[model none]\n[model empty]\ntargets=\n",
                        "FILE:1: [model none] names no target\n"
                        "  write targets = PROVIDER/MODEL\n"
                        "FILE:3: [model empty] names no target\n"
                        "  write targets = PROVIDER/MODEL\n");
    fixture_assert_load("[model two]\ntargets=openai/gpt-4;azure/prod\nstrategy=weighted\n",
                        "FILE:2: [model two] chooses among several targets: strategies come with "
                        "the next release\n"
                        "  name one target in `targets`, which makes this name an alias\n");
    fixture_assert_load("[model smart]\nstrategy=rules\nrule.1=chars < 100 -> a/b\ndefault=a/b\n",
                        "FILE:1: [model smart] chooses among several targets: strategies come with "
                        "the next release\n"
                        "  name one target in `targets`, which makes this name an alias\n");
    /* A mistake in a target is told once, not twice. */
    fixture_assert_load("[model bad]\ntargets=gpt-4\nretries=2000\nstrategy=oder\n",
                        "FILE:2: `targets` is no target: write PROVIDER/MODEL, such as "
                        "openai/gpt-4o-mini\n"
                        "FILE:3: `retries` is out of range: 0 to 100\n"
                        "FILE:4: `strategy` is none of order, weighted, least-busy, latency, cost, "
                        "budget, rules (did you mean order?)\n");
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
                        "[limits openai/gpt-4]\nrpm=500\ntpm=30000\nparallel=8\n",
                        "");
    fixture_assert_load("[price a/b]\ninput=3e1\n[limits a/b]\nrpm=many\nparallel=0\n",
                        "FILE:2: `input` is no amount: write digits with a point, such as 2.50\n"
                        "FILE:4: `rpm` is no whole number\n"
                        "FILE:5: `parallel` is out of range: 1 to 1000000000000\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/unknown-section", test_unknown_section);
    g_test_add_func("/check/section-names", test_section_names);
    g_test_add_func("/check/unknown-key", test_unknown_key);
    g_test_add_func("/check/provider-keys", test_provider_keys);
    g_test_add_func("/check/model", test_model);
    g_test_add_func("/check/require", test_require);
    g_test_add_func("/check/money-and-limits", test_money_and_limits);
    return g_test_run();
}
