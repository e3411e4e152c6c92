/* config_set.c: `--set dotted.path=VALUE` on the tree of a config. */
#include <string.h>

#include "mpi/config.h"
#include "mpi/spec.h"
#include "substrate/json.h"

enum { KEY_BYTES = 128 };

/* The next part of a dotted path into `key`; moves `*path` behind its dot. False: empty or too long. */
static bool next_part(const char **path, const char *end, char key[KEY_BYTES])
{
    size_t n = 0;
    while (*path + n < end && (*path)[n] != '.') {
        n++;
    }
    if (n == 0 || n >= KEY_BYTES) {
        return false;
    }
    memcpy(key, *path, n);
    key[n] = '\0';
    *path += *path + n < end ? n + 1 : n;
    return true;
}

/* The object below `at` called `key`, made when it is missing. NULL: it is there and no object, or memory is out. */
static cJSON *step_into(cJSON *at, const char *key)
{
    cJSON *member = cJSON_GetObjectItemCaseSensitive(at, key);
    if (!member) {
        member = cJSON_AddObjectToObject(at, key);
    }
    return cJSON_IsObject(member) ? member : NULL;
}

static e2l_status put(e2l_ctx *ctx, cJSON *object, const char *key, cJSON *value)
{
    cJSON_bool done = cJSON_GetObjectItemCaseSensitive(object, key)
                          ? cJSON_ReplaceItemInObjectCaseSensitive(object, key, value)
                          : cJSON_AddItemToObject(object, key, value);
    if (!done) {
        e2l_json_free(value);
        return e2l_fail(ctx, E2L_NOMEM, "out of memory");
    }
    return E2L_OK;
}

e2l_status e2l_config_set(e2l_ctx *ctx, cJSON *root, const char *setting)
{
    char key[KEY_BYTES];
    cJSON *value = NULL;
    cJSON *object = root;
    const char *path = setting;
    const char *end = strchr(setting, '=');
    if (!end) {
        return e2l_fail(ctx, E2L_INPUT, "--set: '%.200s' has no '='; for example --set search.generations=500", setting);
    }
    while (next_part(&path, end, key) && path < end) {
        object = step_into(object, key);
        if (!object) {
            return e2l_fail(ctx, E2L_INPUT, "--set: '%.200s': '%.100s' is not an object, so nothing can be set inside it",
                            setting, key);
        }
    }
    if (path != end || end == setting || end[-1] == '.') {
        return e2l_fail(ctx, E2L_INPUT, "--set: '%.200s' is not a dotted path; for example --set search.generations=500",
                        setting);
    }
    e2l_status status = e2l_spec_value(ctx, &value, end + 1, "--set");
    return status == E2L_OK ? put(ctx, object, key, value) : status;
}
