/* unit_spec: SPEC texts become the JSON a config would hold; broken ones are refused with a column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "mpi/spec.h"
#include "substrate/json.h"

static void reads(e2l_ctx *ctx, const char *spec, const char *expected)
{
    cJSON *json = NULL;
    e2l_text text;
    assert_int_equal(e2l_spec_parse(ctx, &json, spec, "--task"), E2L_OK);
    e2l_text_init(&text, ctx);
    assert_int_equal(e2l_json_print(json, false, &text), E2L_OK);
    cJSON *wanted = NULL;
    assert_int_equal(e2l_json_parse(ctx, &wanted, expected, strlen(expected), "expected"), E2L_OK);
    assert_true(cJSON_Compare(json, wanted, true));
    e2l_text_clear(&text);
    e2l_json_free(json);
    e2l_json_free(wanted);
}

static void specs_read(void **state)
{
    reads(*state, "pca", "{\"name\":\"pca\"}");
    reads(*state, "pca:n=2", "{\"name\":\"pca\",\"n\":2}");
    reads(*state, "pca:eta=tune,w0=cube,scale=1e-3", "{\"name\":\"pca\",\"eta\":\"tune\",\"w0\":\"cube\",\"scale\":0.001}");
    reads(*state, "pca:orientation=[random,diag],n=10",
          "{\"name\":\"pca\",\"orientation\":[\"random\",\"diag\"],\"n\":10}");
    reads(*state, "pca:data=/a/b c:d.json", "{\"name\":\"pca\",\"data\":\"/a/b c:d.json\"}");
    reads(*state, "pca:data=\"x,y\\\"[z]\"", "{\"name\":\"pca\",\"data\":\"x,y\\\"[z]\"}");
    reads(*state, "check:of=cpu,on=true,off=false,no=null",
          "{\"name\":\"check\",\"of\":\"cpu\",\"on\":true,\"off\":false,\"no\":null}");
    reads(*state, "a:b=-.5,c=+2,d=[1,-2.5,x]", "{\"name\":\"a\",\"b\":-0.5,\"c\":2,\"d\":[1,-2.5,\"x\"]}");
    reads(*state, "a:b=[]", "{\"name\":\"a\",\"b\":[]}");
}

static void specs_refused(void **state)
{
    static const char *const BROKEN[] = {"",          ":n=2",      "pca:",       "pca:n",       "pca:n=",     "pca:=2",
                                         "pca:n=2,",  "pca:n=[1",  "pca:n=[1,]x", "pca:n=\"a", "pca:n=\"a\"b", "pca:n=2,n=3",
                                         "pca:n=[[1]]", "pca:n=]", "pca:n=\"\\x\""};
    for (size_t k = 0; k < sizeof BROKEN / sizeof BROKEN[0]; k++) {
        cJSON *json = NULL;
        assert_int_equal(e2l_spec_parse(*state, &json, BROKEN[k], "--task"), E2L_INPUT);
        assert_null(json);
        assert_non_null(strstr(e2l_ctx_message(*state), "--task"));
    }
}

static void values_read(void **state)
{
    cJSON *json = NULL;
    assert_int_equal(e2l_spec_value(*state, &json, "[add,mul]", "--set"), E2L_OK);
    assert_int_equal(cJSON_GetArraySize(json), 2);
    e2l_json_free(json);
    assert_int_equal(e2l_spec_value(*state, &json, "3 4", "--set"), E2L_OK); /* a bare word may hold blanks */
    assert_true(cJSON_IsString(json));
    e2l_json_free(json);
    assert_int_equal(e2l_spec_value(*state, &json, "[1]2", "--set"), E2L_INPUT);
}

static void survives_no_memory(void **state)
{
    e2l_ctx *ctx = *state;
    size_t blocks = e2l_ctx_blocks(ctx);
    e2l_status status = E2L_NOMEM;
    for (size_t n = 1; status != E2L_OK && n < 1000; n++) {
        cJSON *json = NULL;
        e2l_ctx_fail_allocation(ctx, n);
        status = e2l_spec_parse(ctx, &json, "pca:orientation=[random,diag],n=10", "--task");
        e2l_ctx_fail_allocation(ctx, 0);
        assert_true(status == E2L_OK || status == E2L_NOMEM);
        e2l_json_free(json);
        assert_int_equal(e2l_ctx_blocks(ctx), blocks);
    }
    assert_int_equal(status, E2L_OK);
}

static int open_ctx(void **state)
{
    return e2l_ctx_create((e2l_ctx **)state) == E2L_OK ? 0 : -1;
}

static int close_ctx(void **state)
{
    return e2l_ctx_destroy(*state) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(specs_read),
        cmocka_unit_test(specs_refused),
        cmocka_unit_test(values_read),
        cmocka_unit_test(survives_no_memory),
    };
    return cmocka_run_group_tests(tests, open_ctx, close_ctx);
}
