/* provenance.c: provenance.json: what depends on the machine and on how often the run was stopped. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mpi/desk.h"
#include "substrate/json.h"

enum { TIME_BYTES = 32, HOST_BYTES = 256 };

static void put_now(char out[TIME_BYTES])
{
    time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || strftime(out, TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = '\0';
    }
}

/* The file as it stands, or a new one; a damaged one is no reason to stop a search. */
static cJSON *read_or_new(e2l_run *run)
{
    char *text = NULL;
    size_t n = 0;
    cJSON *root = NULL;
    if (e2l_folder_has(run->ctx, run->desk->dir, E2L_FILE_PROVENANCE) &&
        e2l_folder_read(run->ctx, &text, &n, run->desk->dir, E2L_FILE_PROVENANCE) == E2L_OK &&
        e2l_json_parse(run->ctx, &root, text, n, E2L_FILE_PROVENANCE) != E2L_OK) {
        root = NULL;
    }
    e2l_free(run->ctx, text);
    if (!cJSON_IsObject(root) || !cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(root, "starts"))) {
        e2l_json_free(root);
        root = cJSON_CreateObject();
        if (!cJSON_AddStringToObject(root, "e2l", E2L_VERSION) || !cJSON_AddArrayToObject(root, "starts")) {
            e2l_json_free(root);
            return NULL;
        }
    }
    return root;
}

static bool add_start(e2l_run *run, cJSON *starts)
{
    char now[TIME_BYTES];
    char host[HOST_BYTES] = "";
    const e2l_desk *desk = run->desk;
    bool cached = run->config->search.cache == E2L_CACHE_EXACT;
    cJSON *start = cJSON_CreateObject();
    put_now(now);
    (void)gethostname(host, sizeof host - 1);
    if (!start || !cJSON_AddItemToArray(starts, start)) {
        e2l_json_free(start);
        return false;
    }
    return cJSON_AddStringToObject(start, "started", now) &&
           cJSON_AddNumberToObject(start, "from_generation", (double)desk->standing.generation) &&
           cJSON_AddNumberToObject(start, "ranks", (double)e2l_comm_size(run->comm)) &&
           cJSON_AddStringToObject(start, "host", host) &&
           cJSON_AddStringToObject(start, "instruction_set", e2l_isa_name(e2l_isa_best())) &&
           cJSON_AddStringToObject(start, "compiler", __VERSION__) &&
           cJSON_AddStringToObject(start, "cache", cached ? "exact" : "none");
}

static bool set_number(cJSON *object, const char *key, double value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, key);
    return cJSON_AddNumberToObject(object, key, isfinite(value) ? value : 0) != NULL;
}

static bool add_end(e2l_run *run, cJSON *start, const char *ended)
{
    char now[TIME_BYTES];
    const e2l_desk *desk = run->desk;
    put_now(now);
    cJSON_DeleteItemFromObjectCaseSensitive(start, "ended");
    cJSON_DeleteItemFromObjectCaseSensitive(start, "how");
    return cJSON_AddStringToObject(start, "ended", now) && cJSON_AddStringToObject(start, "how", ended) &&
           set_number(start, "to_generation", (double)desk->standing.generation) &&
           set_number(start, "seconds", e2l_clock_s() - desk->started_s) &&
           set_number(start, "proposals", (double)desk->n_proposals) &&
           set_number(start, "evaluations", (double)desk->n_evaluated);
}

e2l_status e2l_desk_provenance(e2l_run *run, const char *ended)
{
    cJSON *root = read_or_new(run);
    cJSON *starts = cJSON_GetObjectItemCaseSensitive(root, "starts");
    cJSON *last = cJSON_GetArrayItem(starts, cJSON_GetArraySize(starts) - 1);
    bool done = root && (ended ? last && add_end(run, last, ended) : add_start(run, starts));
    e2l_text text = {.ctx = run->ctx};
    e2l_status status = done ? e2l_json_print(root, true, &text) : e2l_fail(run->ctx, E2L_NOMEM, "out of memory");
    if (status == E2L_OK) {
        status = e2l_folder_write(run->ctx, run->desk->dir, E2L_FILE_PROVENANCE, e2l_text_get(&text), text.n);
    }
    e2l_text_clear(&text);
    e2l_json_free(root);
    return status;
}
