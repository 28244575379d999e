#include "each_method.h"

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those, and before it. */
#include <cmocka.h>

#define TESTS_MAX 256
#define NAME_SIZE 96

struct entry {
        const struct method_test *test;
        const sluice_method *method;
        char name[NAME_SIZE];
};

static void run(void **state)
{
        const struct entry *entry = *state;
        entry->test->run(entry->method);
}

static void *nothing(void *argument)
{
        return argument;
}

/* The first thread makes mappings that stay: not to be taken for a leak. */
static void settle_maps(void)
{
        pthread_t thread;
        mallopt(M_ARENA_MAX, 1);
        if (pthread_create(&thread, NULL, nothing, NULL) == 0)
                pthread_join(thread, NULL);
}

static bool wanted(const char *name, char **argv)
{
        if (!*argv)
                return true;
        for (; *argv; argv++)
                if (strcmp(*argv, name) == 0)
                        return true;
        return false;
}

int each_method(const char *group, const struct method_test *tests, size_t count, char **argv)
{
        static struct entry entries[TESTS_MAX];
        static struct CMUnitTest unit_tests[TESTS_MAX];
        size_t made = 0;

        signal(SIGPIPE, SIG_IGN);
        settle_maps();
        for (size_t m = 0;; m++) {
                const sluice_method *method = sluice_method_at(m);
                const char *name = method ? sluice_method_name(method) : "auto";
                for (size_t t = 0; t < count && made < TESTS_MAX && wanted(name, argv); t++) {
                        struct entry *entry = &entries[made];
                        *entry = (struct entry){.test = &tests[t], .method = method};
                        snprintf(entry->name, sizeof(entry->name), "%s: %s", name, tests[t].name);
                        unit_tests[made++] = (struct CMUnitTest){
                                .name = entry->name, .test_func = run, .initial_state = entry};
                }
                if (!method)
                        break;
        }
        if (getenv("METHOD_TESTS"))
                cmocka_set_test_filter(getenv("METHOD_TESTS"));
        return _cmocka_run_group_tests(group, unit_tests, made, NULL, NULL);
}
