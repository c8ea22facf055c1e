/* SPDX-License-Identifier: Apache-2.0 */
/* The options that choose among targets (labels, fallbacks, budget) travel in the request's member
 * `patchbay`. They are put into the text of the request; every other byte of it stays as it is. */
#include "cli/cli.h"

#include <string.h>

static bool is_money(const char *text)
{
    size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;
    size_t more = rest[0] == '.' ? strspn(rest + 1, "0123456789") : 0;

    return whole > 0 && whole <= 12 && more <= 12 && (rest[0] == '\0' || more > 0) &&
           (rest[0] == '\0' || rest[1 + more] == '\0');
}

/* "007" is no JSON. */
static const char *without_zeros(const char *money)
{
    while (money[0] == '0' && money[1] >= '0' && money[1] <= '9')
        money++;
    return money;
}

static bool add_labels(json_object *ours, char *const *labels)
{
    json_object *all = json_object_object_get(ours, "labels");

    if (!json_object_is_type(all, json_type_object)) {
        all = json_object_new_object();
        json_object_object_add(ours, "labels", all);
    }
    for (; *labels != NULL; labels++) {
        g_auto(GStrv) parts = g_strsplit(*labels, "=", 2);

        if (parts[0] == NULL || parts[0][0] == '\0' || parts[1] == NULL) {
            cli_usage("--label '%s': write NAME=VALUE", *labels);
            return false;
        }
        if (!cli_check_utf8(*labels, "--label"))
            return false;
        json_object_object_add(all, parts[0], json_object_new_string(parts[1]));
    }
    return true;
}

static bool add_fallbacks(json_object *ours, char *const *names)
{
    json_object *all = json_object_new_array();

    for (; *names != NULL; names++) {
        if ((*names)[0] == '\0') {
            json_object_put(all);
            cli_usage("--fallback: name a model, such as anthropic/claude-sonnet-4-5");
            return false;
        }
        json_object_array_add(all, json_object_new_string(*names));
    }
    json_object_object_add(ours, "fallbacks", all);
    return true;
}

static bool add_budget(json_object *ours, const CliRequestOptions *o)
{
    static const char *const known[] = {"cheap", "balanced", "expensive", NULL};

    if (o->max_cost != NULL && !is_money(o->max_cost)) {
        cli_usage("--max-cost %s: write dollars as a decimal, such as 0.005", o->max_cost);
        return false;
    }
    if (o->prefer != NULL && !g_strv_contains(known, o->prefer)) {
        cli_usage("--prefer %s: write cheap, balanced or expensive", o->prefer);
        return false;
    }
    if (o->max_cost != NULL)
        json_object_object_add(ours, "max_cost",
                               json_object_new_double_s(g_ascii_strtod(o->max_cost, NULL),
                                                        without_zeros(o->max_cost)));
    if (o->prefer != NULL)
        json_object_object_add(ours, "prefer", json_object_new_string(o->prefer));
    return true;
}

static bool add_all(json_object *ours, const CliRequestOptions *o)
{
    return (o->labels == NULL || add_labels(ours, o->labels)) &&
           (o->fallbacks == NULL || add_fallbacks(ours, o->fallbacks)) && add_budget(ours, o);
}

/* The text with that as its member `patchbay`. at, len: the value that stands there, or NULL. */
static char *put_member(const char *text, const char *at, size_t len, json_object *ours)
{
    const char *value = json_object_to_json_string_ext(ours, JSON_C_TO_STRING_PLAIN |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE);
    const char *brace = strchr(text, '{') + 1;
    bool empty = brace[strspn(brace, " \t\r\n")] == '}';

    if (at != NULL)
        return g_strdup_printf("%.*s%s%s", (int)(at - text), text, value, at + len);
    return g_strdup_printf("%.*s\"patchbay\":%s%s%s", (int)(brace - text), text, value,
                           empty ? "" : ",", brace);
}

char *cli_routing_text(const char *text)
{
    const CliRequestOptions *o = &cli_request_options;
    json_object *tree, *ours = NULL;
    const char *at = NULL;
    char *out = NULL;
    size_t len = 0;

    if (o->labels == NULL && o->fallbacks == NULL && o->max_cost == NULL && o->prefer == NULL)
        return g_strdup(text);
    tree = json_tokener_parse(text);
    if (!json_object_is_type(tree, json_type_object) || text[strspn(text, " \t\r\n")] != '{') {
        json_object_put(tree);
        return g_strdup(text); /* the library refuses it and says why */
    }
    if (!cli_json_member_span(text, strlen(text), "patchbay", &at, &len))
        at = NULL;
    json_object_deep_copy(json_object_object_get(tree, "patchbay"), &ours, NULL);
    if (ours == NULL)
        ours = json_object_new_object();
    if (!json_object_is_type(ours, json_type_object))
        out = g_strdup(text);
    else if (add_all(ours, o))
        out = put_member(text, at, len, ours);
    json_object_put(ours);
    json_object_put(tree);
    return out;
}
