/* SPDX-License-Identifier: Apache-2.0 */
/* One driver (PBAY_FUZZ_DRIVER) and its recordings. An input names a recording in its first two
 * bytes, how the reply is cut into pieces in the third, and is from there on either the body of
 * the last reply or, with the third byte odd, the client's request. Whatever it is: the exchange
 * ends once, its events keep the grammar, the driver sends strict JSON, and the pieces change
 * nothing. */
#include "fuzz/target.h"

#include "answer/tree.h"
#include "base/str.h"
#include "check/replay.h"
#include "check/same.h"
#include "exchange/exchange.h"

#include <glib.h>
#include <string.h>

const unsigned target_mutations = 12;

#define REQUEST_FLAG 1u

typedef struct Bench {
    PbayDriver *driver;
    PbayLoop *loop;
    GPtrArray *recordings; /* PbayRecording *, sorted by name */
} Bench;

static gint by_path(gconstpointer a, gconstpointer b)
{
    return strcmp((*(PbayRecording *const *)a)->path, (*(PbayRecording *const *)b)->path);
}

static void read_recordings(Bench *bench)
{
    static const char folder[] = PBAY_SOURCE_DIR "/plugins/" PBAY_FUZZ_DRIVER "/recordings";
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    bench->recordings = g_ptr_array_new();
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        PbayRecording *recording = pbay_recording_read(path, NULL);

        if (recording != NULL)
            g_ptr_array_add(bench->recordings, recording);
    }
    g_assert_cmpuint(bench->recordings->len, >, 0);
    g_ptr_array_sort(bench->recordings, by_path);
}

static const Bench *bench(void)
{
    static Bench made;

    if (made.driver == NULL) {
        made.driver = pbay_drivers_load_file(PBAY_BUILD_DIR "/drivers/" PBAY_FUZZ_DRIVER ".so",
                                             pbay_services());
        g_assert_cmpstr(made.driver->reason, ==, NULL);
        made.loop = pbay_loop_new(NULL);
        read_recordings(&made);
    }
    return &made;
}

static void run(const PbayRecording *recording, PbaySplitMode mode, uint64_t seed,
                PbayReplayResult *result)
{
    const PbayReplaySpec spec = {.mode = mode, .seed = seed, .loop = bench()->loop};
    g_autoptr(GError) error = NULL;

    if (!pbay_replay_run(bench()->driver, recording, &spec, result, &error))
        g_error("%s: %s", recording->path, error->message);
    if (result->ends != 1)
        g_error("%s: the exchange ended %u times", recording->path, result->ends);
}

/* Faults that are the driver's own, whatever a vendor or a client says. */
static void check_failure(const PbayRecording *recording, const PbayReplayResult *result)
{
    if (result->failure != NULL && result->failure->cls == PB_ERR_INTERNAL &&
        strstr(result->failure->message, "the scripted reply") == NULL) /* one request too many */
        g_error("%s: internal: %s", recording->path, result->failure->message);
    for (guint i = 0; i < result->mistakes->len; i++) {
        const char *text = result->mistakes->pdata[i];

        if (g_str_has_prefix(text, "request body is no good JSON"))
            g_error("%s: %s", recording->path, text);
    }
}

static void compare(const PbayRecording *recording, uint64_t seed)
{
    g_autoptr(GString) why = g_string_new(NULL);
    PbayReplayResult whole, split;

    run(recording, PBAY_SPLIT_RECORDED, 0, &whole);
    run(recording, PBAY_SPLIT_RANDOM, seed, &split);
    check_failure(recording, &whole);
    g_ptr_array_set_size(whole.mistakes, 0); /* the request or the reply is another one */
    g_ptr_array_set_size(split.mistakes, 0);
    if (!pbay_same(&whole, &split, why))
        g_error("%s, seed %u: %s", recording->path, (unsigned)seed, why->str);
    pbay_replay_result_clear(&whole);
    pbay_replay_result_clear(&split);
}

/* The reply is the input. */
static void try_reply(const PbayRecording *original, const uint8_t *data, size_t len, uint64_t seed)
{
    PbayRecording recording = *original;
    PbayRecordedReply *last = g_ptr_array_index(original->replies, original->replies->len - 1);
    PbayRecordedReply changed = *last;

    changed.bytes = g_byte_array_append(g_byte_array_new(), data, (guint)len);
    changed.pieces = g_array_append_vals(g_array_new(FALSE, FALSE, sizeof(size_t)), &len, 1);
    recording.replies = g_ptr_array_copy(original->replies, NULL, NULL);
    g_ptr_array_set_free_func(recording.replies, NULL);
    recording.replies->pdata[recording.replies->len - 1] = &changed;
    compare(&recording, seed);
    g_ptr_array_unref(recording.replies);
    g_byte_array_unref(changed.bytes);
    g_array_unref(changed.pieces);
}

/* The client's request is the input, if it is one that the core would pass on. */
static void try_request(const PbayRecording *original, const uint8_t *data, size_t len,
                        uint64_t seed)
{
    PbayRecording recording = *original;
    g_autofree char *text = g_strndup((const char *)data, len);
    json_object *tree = NULL;
    bool object =
        pbay_tree_parse(pbay_str(text), &tree, NULL) && json_object_is_type(tree, json_type_object);

    json_object_put(tree);
    if (!object)
        return;
    recording.body = text;
    compare(&recording, seed);
}

void target_case(const uint8_t *data, size_t len)
{
    const PbayRecording *recording;
    const GPtrArray *all = bench()->recordings;

    if (len < 3)
        return;
    recording = g_ptr_array_index(all, (data[0] | (unsigned)data[1] << 8) % all->len);
    if ((data[2] & REQUEST_FLAG) != 0)
        try_request(recording, data + 3, len - 3, data[2] >> 1);
    else if (recording->replies->len > 0)
        try_reply(recording, data + 3, len - 3, data[2] >> 1);
}

/* ---- Seeds: each recording's last reply, and its request ---- */

static void seed(TargetSeedFn take, void *user, guint index, uint8_t flags, const void *bytes,
                 size_t len)
{
    g_autoptr(GByteArray) input = g_byte_array_new();
    const uint8_t head[] = {(uint8_t)index, (uint8_t)(index >> 8), flags};

    g_byte_array_append(input, head, sizeof head);
    g_byte_array_append(input, bytes, (guint)len);
    take(user, input->data, input->len);
}

void target_seeds(TargetSeedFn take, void *user)
{
    const GPtrArray *all = bench()->recordings;

    for (guint i = 0; i < all->len; i++) {
        const PbayRecording *recording = g_ptr_array_index(all, i);
        guint n = recording->replies->len;

        seed(take, user, i, 7, recording->body, strlen(recording->body));
        if (n > 0) {
            const PbayRecordedReply *last = g_ptr_array_index(recording->replies, n - 1);

            seed(take, user, i, 6, last->bytes->data, last->bytes->len);
        }
    }
}
