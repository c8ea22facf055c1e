/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the environment as configuration sees it: the real one and, below it, what environment files
 * add. Any thread may look up; adding a file belongs to the thread that loads configuration. Values
 * may be secrets: they are wiped when the last reference goes, and no message shows one. */
#include "base/secret.h"
#include "base/str.h"
#include "config/config.h"
#include "config/envfile.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct PbayEnv {
    atomic_int refs;
    pthread_mutex_t lock; /* over both tables */
    GHashTable *added;    /* name -> value, from files */
    GHashTable *given;    /* set of real values handed out: getenv's own memory may go away */
};

static void wipe_free(gpointer data)
{
    char *value = data;
    pbay_wipe(value, strlen(value));
    g_free(value);
}

PbayEnv *pbay_env_new(void)
{
    PbayEnv *env = g_new0(PbayEnv, 1);
    atomic_init(&env->refs, 1);
    pthread_mutex_init(&env->lock, NULL);
    env->added = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    env->given = g_hash_table_new_full(g_str_hash, g_str_equal, wipe_free, NULL);
    return env;
}

PbayEnv *pbay_env_ref(PbayEnv *env)
{
    atomic_fetch_add_explicit(&env->refs, 1, memory_order_relaxed);
    return env;
}

void pbay_env_unref(PbayEnv *env)
{
    if (env == NULL || atomic_fetch_sub_explicit(&env->refs, 1, memory_order_acq_rel) != 1)
        return;
    g_hash_table_unref(env->added);
    g_hash_table_unref(env->given);
    pthread_mutex_destroy(&env->lock);
    g_free(env);
}

/* A copy of value that lives as long as env. With the lock held. */
static const char *keep(PbayEnv *env, const char *value)
{
    gpointer kept = NULL;
    if (g_hash_table_lookup_extended(env->given, value, &kept, NULL))
        return kept;
    char *copy = g_strdup(value);
    g_hash_table_add(env->given, copy);
    return copy;
}

const char *pbay_env_get(const PbayEnv *env, const char *name)
{
    PbayEnv *self = (PbayEnv *)env; /* the tables are a cache behind the lock */
    const char *real = getenv(name);
    pthread_mutex_lock(&self->lock);
    const char *value =
        real != NULL && real[0] != '\0' ? keep(self, real) : g_hash_table_lookup(self->added, name);
    pthread_mutex_unlock(&self->lock);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

bool pbay_env_add_file(PbayEnv *env, const char *path, PbayProblems *problems)
{
    g_autoptr(GPtrArray) lines = pbay_config_read_env_file(path, problems);
    if (lines == NULL)
        return false;
    pthread_mutex_lock(&env->lock);
    for (guint i = 0; i < lines->len; i++) {
        const PbayEnvLine *line = g_ptr_array_index(lines, i);
        g_hash_table_replace(env->added, g_strdup(line->name), (gpointer)keep(env, line->value));
    }
    pthread_mutex_unlock(&env->lock);
    return true;
}
