#include "lab/plan.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "lab/path.h"
#include "lab/protocol.h"
#include "lab/random.h"
#include "lab/statistics.h"

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)

/* A sample of small transfers moves about this much: some ms of CPU time. */
#define SAMPLE_BYTES (4 * MIB)
#define TRANSFERS_MAX 1000

/* A case has no use for more, however fast it is. */
#define RUNS_MAX 100

/* Two hundred and more cases would take hours where a machine is slow. */
#define FULL_LIMIT_NS ((uint64_t)30 * 60 * NS_PER_S)

static const struct {
        const char *mode;
        struct plan_time time;
        const uint64_t *sizes; /* ends with 0 */
        const uint32_t *connections; /* ends with 0 */
        size_t caches; /* the first of the enum */
} modes[] = {
        {"default",
         {.runs = 10,
          .runs_fewest = STATISTICS_FEWEST,
          .total_ns = 15 * NS_PER_S,
          .limit_ns = 15 * NS_PER_S},
         (const uint64_t[]){16 * KIB, 64 * MIB, 0},
         (const uint32_t[]){1, 0},
         1},
        {"quick",
         {.runs = 6,
          .runs_fewest = STATISTICS_FEWEST,
          .total_ns = 5 * NS_PER_S,
          .limit_ns = 5 * NS_PER_S},
         (const uint64_t[]){32 * MIB, 0},
         (const uint32_t[]){1, 0},
         1},
        {"full",
         {.runs = 10,
          .runs_fewest = STATISTICS_FEWEST,
          .case_ns = 3 * NS_PER_S,
          .limit_ns = FULL_LIMIT_NS},
         (const uint64_t[]){4 * KIB, 64 * KIB, MIB, 16 * MIB, LAB_GIB, 0},
         (const uint32_t[]){1, 16, 64, 0},
         2},
};

static size_t mode_index(const char *mode)
{
        for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
                if (strcmp(modes[i].mode, mode) == 0)
                        return i;
        return 0;
}

struct plan_time plan_time_of(const struct lab_results *results)
{
        if (strcmp(results->mode, LAB_MODE_RUNS) == 0)
                return (struct plan_time){
                        .runs = results->runs_wanted ? results->runs_wanted : 1,
                        .runs_fewest = results->runs_wanted ? results->runs_wanted : 1,
                };
        return modes[mode_index(results->mode)].time;
}

int plan_parse_method(const char *text, char ret_name[static LAB_NAME_SIZE],
                      uint64_t *ret_buffer_bytes)
{
        char name[LAB_NAME_SIZE] = "";
        size_t length = strcspn(text, ":");
        uint64_t buffer_bytes = 0;

        if (length >= sizeof(name))
                return -EINVAL;
        memcpy(name, text, length);
        if (!sluice_method_find(name))
                return -EINVAL;
        if (text[length] == ':' && !path_has_buffer(name))
                return -EINVAL;
        if (text[length] == ':' &&
            (number_parse_size(span_of(text + length + 1), &buffer_bytes) < 0 ||
             buffer_bytes == 0 || buffer_bytes > LAB_BUFFER_MAX))
                return -EINVAL;
        memcpy(ret_name, name, sizeof(name));
        *ret_buffer_bytes = buffer_bytes;
        return 0;
}

/* Beyond this a run would take hours, and show nothing that less does not. */
#define SAMPLE_BYTES_MOST (4 * LAB_GIB)

/* What cannot be, whatever the machine. */
static const char *nonsense(const struct plan_wish *wish, const struct lab_setting *setting)
{
        if (!wish->is_size_asked && setting->size_bytes * setting->connections > SAMPLE_BYTES_MOST)
                return "a sample would be of more than 4 GiB: --size takes it";
        if (setting->receiver == LAB_DISCARD && setting->path == LAB_UNIX)
                return "a unix socket's bytes cannot be thrown away by MSG_TRUNC";
        return NULL;
}

static int add_one(struct lab_results *results, const struct plan_wish *wish,
                   const struct lab_setting *setting)
{
        const char *why_not = nonsense(wish, setting);
        /* The same buffer twice would only take time. */
        for (size_t i = 0; i < results->case_count; i++)
                if (setting_equal(&results->cases[i].setting, setting))
                        return 0;
        return why_not ? results_add_skipped(results, setting, why_not)
                       : results_add_case(results, setting);
}

/* Plain, and beside it encrypted. */
static int add(struct lab_results *results, const struct plan_wish *wish,
               const struct lab_setting *setting)
{
        struct lab_setting one = *setting;
        int r = 0;
        for (int tls = LAB_PLAIN; r == 0 && tls < (wish->tls ? LAB_TLS_KINDS : 1); tls++) {
                one.tls = (enum lab_tls)tls;
                r = add_one(results, wish, &one);
        }
        return r;
}

/* Every method, and copy as the classic loop and its larger sisters do it. */
static int add_methods(struct lab_results *results, const struct plan_wish *wish,
                       struct lab_setting setting)
{
        static const uint64_t copy_buffers[] = {4 * KIB, 64 * KIB, MIB};
        const sluice_method *method;
        int r = 0;

        for (size_t i = 0; r == 0 && i < wish->method_count; i++) {
                r = plan_parse_method(wish->methods[i], setting.method, &setting.buffer_bytes);
                if (r == 0)
                        r = add(results, wish, &setting);
        }
        if (wish->method_count > 0)
                return r;
        for (size_t i = 0; r == 0 && (method = sluice_method_at(i)); i++) {
                strcpy(setting.method, sluice_method_name(method));
                setting.buffer_bytes = 0;
                if (strcmp(setting.method, "copy") != 0)
                        r = add(results, wish, &setting);
                for (size_t j = 0; r == 0 && strcmp(setting.method, "copy") == 0 &&
                                   j < sizeof(copy_buffers) / sizeof(copy_buffers[0]);
                     j++) {
                        setting.buffer_bytes = copy_buffers[j];
                        r = add(results, wish, &setting);
                }
        }
        return r;
}

static int add_connections(struct lab_results *results, const struct plan_wish *wish,
                           const uint32_t *connections, struct lab_setting setting)
{
        int r = 0;
        for (; r == 0 && *connections; connections++)
                for (size_t c = 0; r == 0 && c < wish->cache_count; c++)
                        for (size_t v = 0; r == 0 && v < wish->receiver_count; v++)
                                for (size_t p = 0; r == 0 && p < wish->path_count; p++) {
                                        setting.connections = *connections;
                                        setting.cache = wish->caches[c];
                                        setting.receiver = wish->receivers[v];
                                        setting.path = wish->paths[p];
                                        r = add_methods(results, wish, setting);
                                }
        return r;
}

/* Fills the lists that were left empty. */
static struct plan_wish complete(const struct plan_wish *wish, size_t mode)
{
        struct plan_wish full = *wish;

        full.is_size_asked = wish->size_count > 0;
        for (size_t i = 0; wish->size_count == 0 && modes[mode].sizes[i]; i++)
                full.sizes[full.size_count++] = modes[mode].sizes[i];
        for (size_t i = 0; wish->connection_count == 0 && modes[mode].connections[i]; i++)
                full.connections[full.connection_count++] = modes[mode].connections[i];
        for (size_t i = 0; wish->cache_count == 0 && i < modes[mode].caches; i++)
                full.caches[full.cache_count++] = (enum lab_cache)i;
        if (full.receiver_count == 0)
                full.receivers[full.receiver_count++] = LAB_COPY;
        if (full.path_count == 0)
                full.paths[full.path_count++] = LAB_LOOPBACK;
        return full;
}

int plan_make(struct lab_results *results, const struct plan_wish *wish)
{
        struct plan_wish full = complete(wish, mode_index(wish->mode));
        uint32_t connections[PLAN_LIST_MAX + 1] = {0};
        int r = 0;

        memcpy(connections, full.connections, full.connection_count * sizeof(connections[0]));
        for (size_t i = 0; r == 0 && i < full.size_count; i++)
                r = add_connections(results, &full, connections,
                                    (struct lab_setting){.size_bytes = full.sizes[i]});
        return r;
}

uint32_t plan_transfers(const struct lab_setting *setting, uint64_t file_bytes)
{
        uint64_t all = SAMPLE_BYTES / setting->size_bytes;
        /* Bytes read twice are not cold any more. */
        uint64_t places = file_bytes / setting->size_bytes;
        if (setting->cache == LAB_COLD && all > places)
                all = places;
        if (all > TRANSFERS_MAX)
                all = TRANSFERS_MAX;
        return all > setting->connections ? (uint32_t)(all / setting->connections) : 1;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
        return value < low ? low : value > high ? high : value;
}

static uint64_t shared_out(const struct plan_time *time, const uint64_t *run_ns, size_t count,
                           uint64_t even_ns)
{
        uint64_t sum = 0;
        for (size_t i = 0; i < count; i++)
                sum += clamp(even_ns, time->runs_fewest * run_ns[i], RUNS_MAX * run_ns[i]);
        return sum;
}

void plan_share(const struct plan_time *time, const uint64_t *run_ns, uint64_t *ret_share_ns,
                size_t count)
{
        uint64_t low = 0, high = time->total_ns;

        /* The largest even share that all of them together can have. */
        while (time->total_ns > 0 && high - low > NS_PER_MS) {
                uint64_t middle = low + (high - low) / 2;
                if (shared_out(time, run_ns, count, middle) > time->total_ns)
                        high = middle;
                else
                        low = middle;
        }
        for (size_t i = 0; i < count; i++) {
                uint64_t fewest = (time->total_ns > 0 ? time->runs_fewest : time->runs) * run_ns[i];
                if (time->total_ns > 0)
                        ret_share_ns[i] = clamp(low, fewest, RUNS_MAX * run_ns[i]);
                else
                        ret_share_ns[i] = time->case_ns > fewest ? time->case_ns : fewest;
        }
}

/* Without these the others have nothing to be compared with. */
static bool is_held_against(const struct lab_results *results, size_t index)
{
        const struct lab_setting *setting = &results->cases[index].setting;
        return &results->cases[index] == results_base(results, setting) ||
               (strcmp(setting->method, "sendfile") == 0 && setting->tls == LAB_PLAIN);
}

size_t plan_left_out(const struct lab_results *results, const uint64_t *missing_ns,
                     uint64_t left_ns)
{
        size_t found = results->case_count, needy = 0;
        bool found_held = false;
        uint64_t sum = 0;

        for (size_t i = 0; i < results->case_count; i++) {
                needy += missing_ns[i] > 0;
                sum += missing_ns[i];
        }
        if (sum <= left_ns || needy <= 2)
                return results->case_count;
        for (size_t i = 0; i < results->case_count; i++) {
                if (missing_ns[i] == 0)
                        continue;
                bool held = is_held_against(results, i);
                if (found == results->case_count || (found_held && !held) ||
                    (found_held == held && missing_ns[i] >= missing_ns[found])) {
                        found = i;
                        found_held = held;
                }
        }
        return found;
}

void plan_shuffle(uint32_t *numbers, size_t count, uint64_t *state)
{
        for (size_t i = 0; i < count; i++)
                numbers[i] = (uint32_t)i;
        /* Fisher and Yates. */
        for (size_t i = count; i > 1; i--) {
                size_t other = random_below(state, i);
                uint32_t kept = numbers[i - 1];
                numbers[i - 1] = numbers[other];
                numbers[other] = kept;
        }
}
