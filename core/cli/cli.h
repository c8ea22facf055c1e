/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands share: global options, opening a core, running a call beside signals,
 * printing. The command is single-threaded: it embeds the library in its own poll loop. */
#ifndef PBAY_CLI_CLI_H
#define PBAY_CLI_CLI_H

#include <glib.h>
#include <json-c/json.h>
#include <patchbay/patchbay.h>
#include <stdbool.h>

/* Exit codes; 2 to 6 also come from patchbay_error_exit_code. */
enum {
    CLI_OK = 0,
    CLI_USAGE = 1,
    CLI_CONFIG = 2,
    CLI_REFUSED = 3,
    CLI_NETWORK = 4,
    CLI_INTERRUPTED = 5,
    CLI_INTERNAL = 6
};

/* ---- options.c: parsing, and the options every command has ---- */

typedef struct CliOptions {
    char **config;    /* --config */
    char **env_files; /* --env-file */
    char **sets;      /* --set NAME=VALUE */
    int verbose;      /* -v, -vv */
    gboolean log_json;
    gboolean json;
} CliOptions;
extern CliOptions cli_options;

/* Parses argv[0..argc) of a subcommand with its entries, those of requests (cli_request_entries)
 * when `request` is set, and the global ones. `synopsis` stands behind the command's name in
 * --help. False: the exit code is in *exit_code (0 after --help). What remains in argv are the
 * operands. */
bool cli_parse(int *argc, char ***argv, const char *synopsis, const char *summary,
               const GOptionEntry *entries, bool request, int *exit_code);

/* Prints "patchbay: ..." to stderr and gives CLI_USAGE. */
int cli_usage(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Options of the library as the command line set them; the caller frees. NULL after a message. */
patchbay_opts *cli_library_options(void);

/* A core, or NULL with the message printed and the code in *exit_code. */
patchbay *cli_open(int *exit_code);

/* ---- output.c: what goes to the terminal ---- */

bool cli_colour(int fd); /* a terminal that wants colours (NO_COLOR, TERM=dumb do not) */
const char *cli_paint(int fd, const char *code); /* "\033[..m" or "" */

/* Model text to stdout; on a terminal without control characters other than newline and tab. False
 * when stdout is closed or full, which cli_finish_output tells apart. */
bool cli_print_model_text(const char *text, size_t len);
/* The cleaning by itself: appends text without C0 (but newline, tab), DEL and C1. */
void cli_clean_text(GString *out, const char *text, size_t len);
/* Would a message on stderr tear an answer whose line is not ended, on one terminal or in one pipe?
 */
bool cli_output_is_mid_line(void);
/* A line of JSON or text to stdout as it is; on a terminal without control characters. */
bool cli_print_line(const char *text);
/* JSON, indented on a terminal. */
bool cli_print_json(const char *json);
/* Flushes stdout; gives `code`, or the code for a full disk after a message; a closed pipe is
 * quiet. */
int cli_finish_output(int code);

/* Prints an error with class, request id, retry hint; gives its exit code. */
int cli_print_error(const patchbay_error *error);
/* A text that came from outside, made safe for stderr; g_free. */
char *cli_safe_text(const char *text);

/* ---- report.c: what is known of a call that ended ---- */

/* Notes of a report (what was dropped or changed) as lines on stderr, and with -v who served it,
 * tokens and cost. */
void cli_print_report(const char *report);
/* "11 input, 7 output" of a report's tokens, "0.00123 USD" or "unknown: why" of its cost ("" of
 * none); g_free. */
char *cli_tokens_text(json_object *tokens);
char *cli_cost_text(json_object *cost);
/* The JSON object with the report as its last member `patchbay`, all else byte for byte; g_free. */
char *cli_with_report(const char *json, const char *report);
/* --json: the answer, or the error's body, with the report; of a stream the report alone. */
bool cli_print_answer(const patchbay_result *result);

/* ---- attempts.c: what happens to a call, as it happens ---- */

/* With -v the call tells its attempts on stderr. */
void cli_watch_attempts(patchbay_request *request);
/* Lines that waited until the line of the answer had its end. */
void cli_tell_held(void);
/* An event as a line without "patchbay: "; g_free. */
char *cli_attempt_line(const char *json);

/* A table: rows of cells, aligned; a NULL-terminated header. Cells are copied. */
typedef struct CliTable {
    GPtrArray *rows; /* char ** */
    size_t columns;
} CliTable;
/* A text of at most 120 characters, the rest "..."; g_free. */
char *cli_cell(const char *text);
CliTable *cli_table_new(const char *const *header);
void cli_table_add(CliTable *table, const char *const *cells);
void cli_table_print_free(CliTable *table);
/* "a, b" of a JSON array of strings; g_free. */
char *cli_join(json_object *array);
/* The string member, or "". Borrowed. */
const char *cli_member(json_object *object, const char *name);

/* ---- input.c: files and operands ---- */

/* The whole file ("-": stdin), at most max bytes; NULL after a message. Caller frees. */
char *cli_read_file(const char *path, size_t max, size_t *len);
/* The same for a text: a NUL byte in it, which would end it early, is refused. */
char *cli_read_text(const char *path);
/* False after a message: text is not UTF-8; what names it there ("the prompt"). */
bool cli_check_utf8(const char *text, const char *what);
/* The JSON of a file; NULL after a message that says where it is wrong. */
json_object *cli_read_json(const char *path);
/* "data:TYPE;base64,..." of an image file, or an http(s) URL as it stands; NULL after a message. */
char *cli_image_url(const char *path_or_url);
/* False after a message when that file cannot become the output: known before a request is paid
 * for. */
bool cli_check_output(const char *path);
/* Writes a file whole (beside it first, then renamed); false after a message. */
bool cli_write_file(const char *path, const void *bytes, size_t len);

/* ---- run.c: a call beside signals ---- */

typedef struct CliRun {
    patchbay *pb;
    /* Takes one chunk (borrowed); false: stdout is gone, cancel quietly. NULL: no stream expected.
     */
    bool (*chunk)(void *user, const char *json, size_t len);
    void *user;
    patchbay_result *result; /* after cli_run: the end of the call; freed by the caller */
    bool interrupted;        /* Ctrl-C or SIGTERM came */
    bool terminated;         /* it was SIGTERM */
    bool output_closed;      /* stdout was closed */
} CliRun;

/* Blocks SIGINT and SIGTERM for good, once: from now on they are read by cli_run. Before a core is
 * opened, so that no thread of the library takes one, and not earlier: reading a prompt must end by
 * Ctrl-C. */
void cli_signals_init(void);
int cli_signal_fd(void);
/* Takes one pending signal; 0 when there is none. */
int cli_signal_take(void);

/* Submits and turns the loop until the end. False when it could not be submitted (message printed).
 */
bool cli_run(CliRun *run, const patchbay_request *request);
/* Messages and exit code for a finished run; `quiet_interrupt` in a conversation. */
int cli_run_end(const CliRun *run);

/* ---- batch.c: many calls at once, beside signals ---- */

typedef struct CliJob {
    patchbay_request *request; /* borrowed; NULL: nothing to run */
    patchbay_result *result;   /* after the run: the end; patchbay_result_free */
    gint64 ms;                 /* how long that took */
    bool cancelled;            /* by Ctrl-C or the time limit */
} CliJob;

typedef struct CliBatch {
    patchbay *pb;
    const char *verb; /* of the progress line: "probed" */
    gint64 limit_ms;  /* what is under way then is cancelled; 0: the calls end by themselves */
    bool interrupted; /* after the run: Ctrl-C or SIGTERM came */
} CliBatch;

/* Runs them all at once to their ends. False after a message: something of ours failed. */
bool cli_batch_run(CliBatch *batch, CliJob *jobs, size_t n);

/* ---- request options of all commands that make a request ---- */

typedef struct CliRequestOptions {
    char *model, *base_url, *timeout, *drops, *retries, *max_cost, *prefer;
    char **headers, **labels, **fallbacks;
    gboolean strict;
} CliRequestOptions;
extern CliRequestOptions cli_request_options;
extern const GOptionEntry cli_request_entries[];

/* The request with those settings; model NULL: the default one, said on stderr. NULL after a
 * message. */
patchbay_request *cli_request_new(patchbay *pb, const char *kind, json_object *body,
                                  const char *model);

/* The same for a request text that goes out as it stands: no default model. */
patchbay_request *cli_request_new_text(const char *kind, const char *text, const char *model);

/* "20s" as the configuration writes it, in ms; -1 after a message that names the option. */
gint64 cli_parse_time(const char *option, const char *text);

/* request_routing.c: the text with what labels, fallbacks and budget say as its member `patchbay`,
 * all else byte for byte; NULL after a message. g_free. */
char *cli_routing_text(const char *text);

/* ---- json_span.c ---- */

/* Where the value of a member stands in a valid JSON object's text: its bytes as they are, which a
 * parser would not give back. False when there is none. */
bool cli_json_member_span(const char *object, size_t len, const char *name, const char **at,
                          size_t *value_len);

/* ---- chat.c pieces that converse.c and explain.c share ---- */

typedef struct CliChatOptions {
    char *system, *file;
    gboolean no_stream, reasoning;
    char *max_tokens, *temperature;
    char **images, **tools;
    char *schema;
} CliChatOptions;

/* The request body without messages; NULL after a message. */
json_object *cli_chat_body(const CliChatOptions *options);
/* Adds a whole number above 0 that was given as text (NULL: nothing is added); false after a
 * message. */
bool cli_add_count(json_object *body, const char *member, const char *option, const char *text);
/* Entries for these options, for GOption. */
const GOptionEntry *cli_chat_entries(CliChatOptions *options);
/* {"role":"user","content":...} with the images; takes nothing over. NULL after a message. */
json_object *cli_user_message(const CliChatOptions *options, const char *text);
/* Runs body (with messages) as a stream to stdout. In a conversation *answer gets the assistant's
 * message, or NULL when there is none to go on with, and *ended whether the program was told to
 * end; both may be NULL. */
int cli_chat_turn(patchbay *pb, json_object *body, const CliChatOptions *options,
                  json_object **answer, bool *ended);

/* prompt.c: the prompt (operands, --file, stdin; "" when there is none; NULL after a message),
 * UTF-8; a system message, and the body with the messages of one prompt (NULL after a message). */
char *cli_prompt_read(const CliChatOptions *options, int argc, char **argv);
json_object *cli_system_message(const char *text);
json_object *cli_prompt_body(const CliChatOptions *options, const char *prompt);

int cli_converse(patchbay *pb, const CliChatOptions *options);

/* ---- matrix.c: what drivers offer, for `patchbay drivers --matrix` ---- */

int cli_drivers_matrix(patchbay *pb);

/* ---- health_rows.c, health_probe.c, health_show.c: the rows of `patchbay health` ---- */

typedef struct CliHealthRow {
    json_object *known;              /* as patchbay_health gives it */
    CliJob job;                      /* its request is the row's own */
    bool billed;                     /* the probe costs */
    const struct CliHealthRow *with; /* the row whose probe was for this one too; NULL: none */
} CliHealthRow;

typedef enum CliHealthStatus {
    CLI_HEALTH_OK,
    CLI_HEALTH_FAILED,
    CLI_HEALTH_UNKNOWN, /* nobody asked it */
    CLI_HEALTH_UNCONFIGURED,
    CLI_HEALTH_UNAVAILABLE
} CliHealthStatus;

/* CliHealthRow *; owns them. */
GPtrArray *cli_health_rows_new(void);
/* Adds the targets of one model (NULL: all known), each once. False with error: there is none. */
bool cli_health_add(GPtrArray *rows, patchbay *pb, const char *model, patchbay_error **error);
/* All known targets, and every provider that was given a key or lacks something. */
void cli_health_add_all(GPtrArray *rows, patchbay *pb);
/* Is there a row whose member has that text? */
bool cli_health_has(const GPtrArray *rows, const char *member, const char *value);
/* Those that can be asked first, else in the order they have. */
void cli_health_sort(GPtrArray *rows);
/* Reads anew what is known of those that were asked. */
void cli_health_refresh(GPtrArray *rows, patchbay *pb);
/* Asks all that can be asked, with `billed` also where that costs; timeout_ms 0: as configured.
 * False after a message: something of ours failed. */
bool cli_health_ask(GPtrArray *rows, patchbay *pb, gint64 timeout_ms, bool billed,
                    bool *interrupted);

/* interrupted: what did not end did so because of Ctrl-C. */
CliHealthStatus cli_health_status(const CliHealthRow *row, bool interrupted);
const char *cli_health_status_name(CliHealthStatus status);
/* Why it is not well, or ""; g_free. */
char *cli_health_error(const CliHealthRow *row, bool interrupted);
void cli_health_print_table(const GPtrArray *rows, bool interrupted);
bool cli_health_print_json(const GPtrArray *rows, bool interrupted);
int cli_health_exit_code(const GPtrArray *rows, bool interrupted);
/* "812 ms", "1.2 s", "12 s", "3 min", "5 h"; g_free. */
char *cli_time_text(gint64 ms);

/* ---- test.c, junit.c: the results of `patchbay test` ---- */

typedef enum CliTestFate {
    CLI_TEST_WORKS,
    CLI_TEST_UNEXPECTED,
    CLI_TEST_ERROR,
    CLI_TEST_UNCONFIGURED,
    CLI_TEST_SKIPPED, /* a provider of which no model is known */
    CLI_TEST_INTERRUPTED
} CliTestFate;

typedef struct CliTestCase {
    char *model;
    bool named; /* on the command line: then it must be configured */
    CliJob job;
    CliTestFate fate;
    char *answer, *detail; /* or NULL: the text of the model; why it does not work */
    char *cost, *target;   /* "" when unknown */
} CliTestCase;

/* It holds "test" and is short. */
bool cli_test_is_expected(const char *answer);
bool cli_test_is_error(const CliTestCase *test);
const char *cli_test_fate_name(CliTestFate fate);
/* Cases as JUnit XML; g_free. Writing it: false after a message. */
char *cli_junit_xml(const GPtrArray *cases);
bool cli_junit_write(const char *path, const GPtrArray *cases);
/* Appends text, cut to what XML can hold and escaped. */
void cli_junit_text(GString *out, const char *text);

/* ---- explain_plan.c ---- */

/* The plan of an explanation: model, strategy, targets with reasons, timeouts. */
void cli_print_plan(json_object *explanation);

/* ---- the subcommands ---- */

int cli_chat(int argc, char **argv);
int cli_complete(int argc, char **argv);
int cli_embed(int argc, char **argv);
int cli_image(int argc, char **argv);
int cli_rerank(int argc, char **argv);
int cli_tokens(int argc, char **argv);
int cli_request(int argc, char **argv);
int cli_record(int argc, char **argv);
int cli_drivers(int argc, char **argv);
int cli_providers(int argc, char **argv);
int cli_models(int argc, char **argv);
int cli_config(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_cost(int argc, char **argv);
int cli_health(int argc, char **argv);
int cli_test(int argc, char **argv);

#endif
