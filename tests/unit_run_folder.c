/* The run folder: whole files or none, growing files cut back, checkpoints kept and dropped, words for every misuse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/run_folder.h"
#include "tests/support/support.h"

typedef struct place {
    e2l_ctx *ctx;
    char dir[64];
    char run[96];
} place;

static int setup(void **state)
{
    static place here;
    here.ctx = e2l_test_ctx();
    (void)snprintf(here.dir, sizeof here.dir, "/tmp/e2l-folder-XXXXXX");
    assert_non_null(mkdtemp(here.dir));
    (void)snprintf(here.run, sizeof here.run, "%s/a/b", here.dir);
    *state = &here;
    return 0;
}

static int teardown(void **state)
{
    place *here = *state;
    char command[160];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", here->dir);
    int left = system(command);
    e2l_test_ctx_end(here->ctx);
    return left;
}

static void put_file(const char *dir, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void assert_holds(place *here, const char *name, const char *text)
{
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(e2l_folder_read(here->ctx, &bytes, &n, here->run, name), E2L_OK);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(bytes, text, n);
    e2l_free(here->ctx, bytes);
}

static void assert_message(place *here, const char *part)
{
    if (!strstr(e2l_ctx_message(here->ctx), part)) {
        fail_msg("'%s' is not in '%s'", part, e2l_ctx_message(here->ctx));
    }
}

static void makes_new_folders_only(void **state)
{
    place *here = *state;
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK); /* still empty */
    put_file(here->run, "notes.txt", "mine");
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_INPUT);
    assert_message(here, "notes.txt");
    assert_message(here, "nothing to `e2l resume`");
    put_file(here->run, E2L_FILE_CONFIG, "{}");
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_INPUT);
    assert_message(here, "e2l resume");
}

/* Two runs may find the same folder empty; one of them gets it. */
static void gives_a_folder_to_one_run(void **state)
{
    place *here = *state;
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_folder_claim(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_folder_claim(here->ctx, here->run), E2L_INPUT);
    assert_message(here, "another run");
    e2l_folder_release(here->ctx, here->run);
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK); /* empty again */
    assert_int_equal(e2l_folder_claim(here->ctx, "/proc/e2l"), E2L_IO);
}

static void refuses_what_is_no_folder(void **state)
{
    place *here = *state;
    char path[128];
    put_file(here->dir, "file", "x");
    (void)snprintf(path, sizeof path, "%s/file", here->dir);
    assert_int_equal(e2l_folder_create(here->ctx, path), E2L_INPUT);
    assert_message(here, "not a folder");
    (void)snprintf(path, sizeof path, "%s/file/below", here->dir);
    assert_int_equal(e2l_folder_create(here->ctx, path), E2L_INPUT);
    assert_int_equal(e2l_folder_create(here->ctx, ""), E2L_INPUT);
    assert_int_equal(e2l_folder_create(here->ctx, "/proc/e2l/run"), E2L_IO);
}

static void knows_a_run_folder(void **state)
{
    place *here = *state;
    assert_int_equal(e2l_folder_check(here->ctx, here->run), E2L_INPUT);
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_folder_check(here->ctx, here->run), E2L_INPUT);
    assert_message(here, "not a run folder");
    put_file(here->run, E2L_FILE_CONFIG, "{}");
    assert_int_equal(e2l_folder_check(here->ctx, here->run), E2L_OK);
}

static void writes_whole_files(void **state)
{
    place *here = *state;
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_folder_write(here->ctx, here->run, "a", "one", 3), E2L_OK);
    assert_int_equal(e2l_folder_write(here->ctx, here->run, "a", "two!", 4), E2L_OK);
    assert_holds(here, "a", "two!");
    assert_int_equal(e2l_folder_write(here->ctx, here->run, "missing/a", "x", 1), E2L_IO);
    assert_message(here, "missing/a");
    assert_false(e2l_folder_has(here->ctx, here->run, "a.tmp"));
}

/* A folder in the file's place: the rename fails, what was there stays, no temporary file is left. */
static void failed_write_leaves_the_old(void **state)
{
    place *here = *state;
    char path[128];
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    (void)snprintf(path, sizeof path, "%s/a", here->run);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(e2l_folder_write(here->ctx, here->run, "a", "x", 1), E2L_IO);
    assert_true(e2l_folder_has(here->ctx, here->run, "a"));
    assert_false(e2l_folder_has(here->ctx, here->run, "a.tmp"));
}

static void tidies_temporary_files(void **state)
{
    place *here = *state;
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_checkpoint_write(here->ctx, here->run, 3, "c", 1), E2L_OK);
    put_file(here->run, "champion.json.tmp", "half");
    put_file(here->run, "checkpoint/000000000009.tmp", "half");
    put_file(here->run, "other.tmpl", "mine");
    assert_int_equal(e2l_folder_tidy(here->ctx, here->run), E2L_OK);
    assert_false(e2l_folder_has(here->ctx, here->run, "champion.json.tmp"));
    assert_false(e2l_folder_has(here->ctx, here->run, "checkpoint/000000000009.tmp"));
    assert_true(e2l_folder_has(here->ctx, here->run, "other.tmpl"));
}

static void grows_and_cuts(void **state)
{
    place *here = *state;
    e2l_growing *file = NULL;
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_growing_open(here->ctx, &file, here->run, "h", UINT64_MAX), E2L_OK);
    assert_int_equal(e2l_growing_append(file, "abc", 3), E2L_OK);
    assert_int_equal(e2l_growing_append(file, "def", 3), E2L_OK);
    assert_int_equal(e2l_growing_sync(file), E2L_OK);
    assert_int_equal(e2l_growing_length(file), 6);
    e2l_growing_close(file);
    assert_int_equal(e2l_growing_open(here->ctx, &file, here->run, "h", 4), E2L_OK);
    assert_int_equal(e2l_growing_append(file, "X", 1), E2L_OK);
    e2l_growing_close(file);
    assert_holds(here, "h", "abcdX");
    assert_int_equal(e2l_growing_open(here->ctx, &file, here->run, "h", 6), E2L_IO);
    assert_null(file);
    assert_message(here, "5 bytes, 6 expected");
}

static void full_disk_is_told(void **state)
{
    place *here = *state;
    e2l_growing *file = NULL;
    assert_int_equal(e2l_growing_open(here->ctx, &file, "/dev", "full", UINT64_MAX), E2L_OK);
    assert_int_equal(e2l_growing_append(file, "x", 1), E2L_IO);
    assert_message(here, "/dev/full");
    e2l_growing_close(file);
}

static void keeps_the_last_two_checkpoints(void **state)
{
    place *here = *state;
    uint64_t list[E2L_MAX_CHECKPOINTS] = {0};
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_checkpoint_list(here->ctx, here->run, list), 0);
    assert_int_equal(e2l_checkpoint_write(here->ctx, here->run, 90, "c90", 3), E2L_OK);
    assert_int_equal(e2l_checkpoint_write(here->ctx, here->run, 100, "c100", 4), E2L_OK);
    assert_int_equal(e2l_checkpoint_write(here->ctx, here->run, 1000, "c1000", 5), E2L_OK);
    put_file(here->run, "checkpoint/note", "not one of ours");
    assert_int_equal(e2l_checkpoint_list(here->ctx, here->run, list), 2);
    assert_int_equal(list[0], 1000);
    assert_int_equal(list[1], 100);
    assert_int_equal(e2l_checkpoint_read(here->ctx, &bytes, &n, here->run, 100), E2L_OK);
    assert_int_equal(n, 4);
    assert_memory_equal(bytes, "c100", 4);
    e2l_free(here->ctx, bytes);
    assert_int_equal(e2l_checkpoint_drop(here->ctx, here->run, 1000), E2L_OK);
    assert_int_equal(e2l_checkpoint_list(here->ctx, here->run, list), 1);
    assert_int_equal(e2l_folder_remove(here->ctx, here->run, "checkpoint/note"), E2L_OK);
    assert_int_equal(e2l_checkpoint_clear(here->ctx, here->run), E2L_OK);
    assert_false(e2l_folder_has(here->ctx, here->run, E2L_FOLDER_CHECKPOINT));
}

/* Every allocation fails once: a status, no leak, and what was written before is whole. */
static void survives_lack_of_memory(void **state)
{
    place *here = *state;
    assert_int_equal(e2l_folder_create(here->ctx, here->run), E2L_OK);
    assert_int_equal(e2l_folder_write(here->ctx, here->run, "a", "old", 3), E2L_OK);
    size_t blocks = e2l_ctx_blocks(here->ctx);
    e2l_status status = E2L_NOMEM;
    for (size_t n = 1; status != E2L_OK && n < 50; n++) {
        e2l_ctx_fail_allocation(here->ctx, n);
        status = e2l_folder_write(here->ctx, here->run, "a", "new", 3);
        e2l_ctx_fail_allocation(here->ctx, 0);
        assert_int_equal(e2l_ctx_blocks(here->ctx), blocks);
        assert_holds(here, "a", status == E2L_OK ? "new" : "old");
    }
    assert_int_equal(status, E2L_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_new_folders_only, setup, teardown),
        cmocka_unit_test_setup_teardown(gives_a_folder_to_one_run, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(knows_a_run_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(writes_whole_files, setup, teardown),
        cmocka_unit_test_setup_teardown(failed_write_leaves_the_old, setup, teardown),
        cmocka_unit_test_setup_teardown(tidies_temporary_files, setup, teardown),
        cmocka_unit_test_setup_teardown(grows_and_cuts, setup, teardown),
        cmocka_unit_test_setup_teardown(full_disk_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_the_last_two_checkpoints, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_lack_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
