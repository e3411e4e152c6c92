/* golden_compare EXPECTED.json EVAL.json: every case and rule of the expected file stands in the list that `e2l eval --json` printed, with the same
   outcome, and score and measures within 1e-9 relative. Exit code 0 when all agree. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static const double TOLERANCE = 1e-9;

static cJSON *read_json(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    enum { MAX_BYTES = 16 * 1024 * 1024 };
    char *text = malloc(MAX_BYTES);
    size_t n = text ? fread(text, 1, MAX_BYTES, file) : 0;
    cJSON *json = cJSON_ParseWithLength(text, n);
    free(text);
    (void)fclose(file);
    return json;
}

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* The result for `rule`, in it the case called `name`. */
static const cJSON *find_case(const cJSON *results, const char *rule, const char *name)
{
    const cJSON *result, *one;
    cJSON_ArrayForEach(result, results)
    {
        const char *text = cJSON_GetStringValue(member(member(result, "rule"), "rule"));
        if (!text || strcmp(text, rule) != 0) {
            continue;
        }
        cJSON_ArrayForEach(one, member(result, "cases"))
        {
            const char *found = cJSON_GetStringValue(member(one, "name"));
            if (found && strcmp(found, name) == 0) {
                return one;
            }
        }
    }
    return NULL;
}

static int differs(const char *what, const cJSON *expected, const cJSON *found)
{
    double e = expected ? expected->valuedouble : (double)NAN, f = found ? found->valuedouble : (double)NAN;
    if (fabs(e - f) <= TOLERANCE * fabs(e)) {
        return 0;
    }
    printf("  %s: expected %.17g, found %.17g\n", what, e, f);
    return 1;
}

static int compare(const char *name, const char *rule, const cJSON *expected, const cJSON *found)
{
    static const char *const MEASURES[] = {"cos_mean", "cos_final", "norm"};
    const char *want = cJSON_GetStringValue(member(expected, "outcome"));
    const char *have = cJSON_GetStringValue(member(found, "outcome"));
    int bad = !want || !have || strcmp(want, have) != 0;
    bad += differs("score", member(expected, "fitness"), member(found, "score"));
    for (size_t k = 0; k < sizeof MEASURES / sizeof MEASURES[0]; k++) {
        bad += differs(MEASURES[k], member(expected, MEASURES[k]), member(member(found, "measures"), MEASURES[k]));
    }
    if (bad) {
        printf("%s, rule %s: outcome %s, expected %s\n", name, rule, have ? have : "missing", want ? want : "?");
    }
    return bad;
}

int main(int argc, char **argv)
{
    cJSON *expected = argc == 3 ? read_json(argv[1]) : NULL, *results = argc == 3 ? read_json(argv[2]) : NULL;
    const cJSON *one, *rule;
    int n = 0, bad = 0;
    cJSON_ArrayForEach(one, member(expected, "cases"))
    {
        const char *name = cJSON_GetStringValue(member(one, "name"));
        cJSON_ArrayForEach(rule, member(one, "rules"))
        {
            bad += compare(name, rule->string, rule, find_case(results, rule->string, name)) != 0;
            n++;
        }
    }
    cJSON_Delete(expected);
    cJSON_Delete(results);
    printf("%d of %d agree\n", n - bad, n);
    return n > 0 && bad == 0 ? 0 : 1;
}
