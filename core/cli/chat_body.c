/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON of a chat request made of command-line options: parameters, tools, a schema, images. */
#include "cli/cli.h"

#include <string.h>

const GOptionEntry *cli_chat_entries(CliChatOptions *options)
{
    static GOptionEntry entries[11];
    const GOptionEntry made[] = {
        {"system", 's', 0, G_OPTION_ARG_STRING, &options->system, "the system message", "TEXT"},
        {"no-stream", 0, 0, G_OPTION_ARG_NONE, &options->no_stream, "wait for the whole answer",
         NULL},
        {"reasoning", 0, 0, G_OPTION_ARG_NONE, &options->reasoning,
         "show the model's reasoning on stderr", NULL},
        {"max-tokens", 0, 0, G_OPTION_ARG_STRING, &options->max_tokens,
         "the longest answer, in tokens", "N"},
        {"temperature", 0, 0, G_OPTION_ARG_STRING, &options->temperature, "0 to 2", "T"},
        {"image", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->images,
         "an image beside the prompt (repeatable)", "FILE|URL"},
        {"tool", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->tools,
         "a tool, or an array of tools (repeatable)", "FILE.json"},
        {"schema", 0, 0, G_OPTION_ARG_FILENAME, &options->schema,
         "a JSON schema that the answer must follow", "FILE.json"},
        {"file", 'f', 0, G_OPTION_ARG_FILENAME, &options->file,
         "the prompt, or what stands behind it", "FILE"},
        G_OPTION_ENTRY_NULL,
    };

    memcpy(entries, made, sizeof made);
    return entries;
}

/* A whole tool as it is; a bare function is wrapped. False after a message. */
static bool add_tool(json_object *tools, json_object *tool, const char *file)
{
    json_object *wrapped;

    if (!json_object_is_type(tool, json_type_object)) {
        cli_usage("--tool %s: a tool is a JSON object", file);
        return false;
    }
    if (json_object_object_get(tool, "type") != NULL &&
        (json_object_object_get(tool, "function") != NULL ||
         json_object_object_get(tool, "custom") != NULL)) {
        json_object_array_add(tools, json_object_get(tool));
        return true;
    }
    if (cli_member(tool, "name")[0] == '\0') {
        cli_usage("--tool %s: the tool has no \"name\"", file);
        return false;
    }
    wrapped = json_object_new_object();
    json_object_object_add(wrapped, "type", json_object_new_string("function"));
    json_object_object_add(wrapped, "function", json_object_get(tool));
    json_object_array_add(tools, wrapped);
    return true;
}

static bool add_tool_file(json_object *tools, const char *file)
{
    json_object *read = cli_read_json(file);
    bool added = read != NULL;

    if (json_object_is_type(read, json_type_array)) {
        for (size_t i = 0; added && i < json_object_array_length(read); i++)
            added = add_tool(tools, json_object_array_get_idx(read, i), file);
    } else if (read != NULL) {
        added = add_tool(tools, read, file);
    }
    json_object_put(read);
    return added;
}

/* response_format for a bare schema, or for {"name","schema",...} as it is. */
static json_object *schema_format(const char *file)
{
    json_object *read = cli_read_json(file), *format, *wrapped;

    if (read == NULL)
        return NULL;
    if (!json_object_is_type(read, json_type_object)) {
        cli_usage("--schema %s: a schema is a JSON object", file);
        json_object_put(read);
        return NULL;
    }
    wrapped = read;
    if (json_object_object_get(read, "schema") == NULL) {
        wrapped = json_object_new_object();
        json_object_object_add(wrapped, "name", json_object_new_string("answer"));
        json_object_object_add(wrapped, "schema", read);
    }
    format = json_object_new_object();
    json_object_object_add(format, "type", json_object_new_string("json_schema"));
    json_object_object_add(format, "json_schema", wrapped);
    return format;
}

bool cli_add_count(json_object *body, const char *member, const char *option, const char *text)
{
    guint64 number = 0;

    if (text == NULL)
        return true;
    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT32, &number, NULL)) {
        cli_usage("%s %s: write a whole number above 0", option, text);
        return false;
    }
    json_object_object_add(body, member, json_object_new_int64((int64_t)number));
    return true;
}

static bool add_temperature(json_object *body, const char *text)
{
    char *end = NULL;
    double value;

    if (text == NULL)
        return true;
    value = g_ascii_strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0 && value <= 2)) {
        cli_usage("--temperature %s: write a number from 0 to 2", text);
        return false;
    }
    json_object_object_add(body, "temperature", json_object_new_double_s(value, text));
    return true;
}

static bool add_tools(json_object *body, char **files)
{
    json_object *tools;

    if (files == NULL)
        return true;
    tools = json_object_new_array();
    json_object_object_add(body, "tools", tools);
    for (; *files != NULL; files++)
        if (!add_tool_file(tools, *files))
            return false;
    return true;
}

json_object *cli_chat_body(const CliChatOptions *options)
{
    json_object *body = json_object_new_object();
    bool made = cli_add_count(body, "max_tokens", "--max-tokens", options->max_tokens) &&
                add_temperature(body, options->temperature) && add_tools(body, options->tools);

    if (made && options->schema != NULL) {
        json_object *format = schema_format(options->schema);

        made = format != NULL;
        if (made)
            json_object_object_add(body, "response_format", format);
    }
    if (!made) {
        json_object_put(body);
        return NULL;
    }
    return body;
}

static json_object *part(const char *type, const char *member, json_object *value)
{
    json_object *object = json_object_new_object();

    json_object_object_add(object, "type", json_object_new_string(type));
    json_object_object_add(object, member, value);
    return object;
}

json_object *cli_user_message(const CliChatOptions *options, const char *text)
{
    json_object *message = json_object_new_object(), *parts;

    json_object_object_add(message, "role", json_object_new_string("user"));
    if (options->images == NULL) {
        json_object_object_add(message, "content", json_object_new_string(text));
        return message;
    }
    parts = json_object_new_array();
    json_object_object_add(message, "content", parts);
    if (text[0] != '\0') /* vendors refuse an empty part */
        json_object_array_add(parts, part("text", "text", json_object_new_string(text)));
    for (char **image = options->images; *image != NULL; image++) {
        g_autofree char *url = cli_image_url(*image);
        json_object *where;

        if (url == NULL) {
            json_object_put(message);
            return NULL;
        }
        where = json_object_new_object();
        json_object_object_add(where, "url", json_object_new_string(url));
        json_object_array_add(parts, part("image_url", "image_url", where));
    }
    return message;
}
