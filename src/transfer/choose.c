#include "transfer/choose.h"

#include <string.h>

static const struct sluice_method *const methods[METHOD_COUNT] = {
#define METHOD(name) [METHOD_INDEX_##name] = &method_##name,
#include "transfer/methods.def"
#undef METHOD
};

/* VirtualBox's shared folders: statfs(2) does not name it. */
#define VBOXSF_MAGIC 0x786f4256

static bool is_supported(const struct sluice_method *method, const struct sluice_facts *facts,
                         const char **ret_why_not)
{
        if (facts->out_kind == OUT_SINK && method->no_sink) {
                *ret_why_not = method->no_sink;
                return false;
        }
        return method->supports(facts, ret_why_not);
}

static bool page_cache_may_be_stale(const struct sluice_facts *facts)
{
        return facts->file_system == VBOXSF_MAGIC;
}

static bool goes_to_sink(const struct sluice_facts *facts)
{
        return facts->out_kind == OUT_SINK;
}

/* Best first; a preference holds where its condition, if any, is met. What is
 * not here is only taken when asked for: direct, zerocopy and uring win where the
 * page cache shall be spared or the network card reads memory faster than the
 * CPU, which no fact tells; mmap loses to copy by the cost of its page tables
 * (0.37 to 0.43 against 0.27 to 0.31 CPU seconds a GiB in a virtual machine). The reasons are what
 * was measured (docs/PERFORMANCE.md). */
static const struct {
        enum method_index method;
        bool (*holds)(const struct sluice_facts *facts);
        const char *reason;
} preferences[] = {
        {METHOD_INDEX_copy, page_cache_may_be_stale,
         "on a virtual machine's shared folder the page cache may be stale: the bytes are read "
         "afresh"},
        {METHOD_INDEX_copy, goes_to_sink,
         "the bytes have to pass through user space: they are read by large calls into a buffer "
         "that stays in the CPU's cache"},
        {METHOD_INDEX_sendfile, NULL,
         "the page cache's pages go to the socket without a copy in user space, one call for up "
         "to 2 MiB"},
        {METHOD_INDEX_splice, NULL,
         "next to sendfile: the pages go through a pipe without a copy, two calls for up to 1 "
         "MiB"},
        {METHOD_INDEX_copy, NULL,
         "no way without a copy is left; a small buffer that stays in the CPU's cache beats "
         "mapping pages"},
};

const struct sluice_method *choose(const struct sluice_facts *facts, uint64_t length,
                                   const bool given_up[static METHOD_COUNT],
                                   const char **ret_reason)
{
        /* One sendfile(2) is the cheapest for a single byte as well. */
        (void)length;
        for (size_t i = 0; i < sizeof(preferences) / sizeof(preferences[0]); i++) {
                const struct sluice_method *method = methods[preferences[i].method];
                const char *why_not;
                if (given_up[method->index] || !is_supported(method, facts, &why_not))
                        continue;
                if (preferences[i].holds && !preferences[i].holds(facts))
                        continue;
                if (ret_reason)
                        *ret_reason = preferences[i].reason;
                return method;
        }
        return NULL;
}

const sluice_method *sluice_choose(const sluice_facts *facts, uint64_t length,
                                   const char **ret_reason)
{
        static const bool none[METHOD_COUNT];
        return choose(facts, length, none, ret_reason);
}

const sluice_method *sluice_method_at(size_t index)
{
        return index < METHOD_COUNT ? methods[index] : NULL;
}

const sluice_method *sluice_method_find(const char *name)
{
        for (size_t i = 0; i < METHOD_COUNT; i++)
                if (strcmp(methods[i]->name, name) == 0)
                        return methods[i];
        return NULL;
}

const char *sluice_method_name(const sluice_method *method)
{
        return method->name;
}

const char *sluice_method_summary(const sluice_method *method)
{
        return method->summary;
}

const char *sluice_method_keeps_socket(const sluice_method *method)
{
        return method->keeps_socket;
}

bool sluice_method_supported(const sluice_method *method, const sluice_facts *facts,
                             const char **ret_why_not)
{
        const char *why_not = NULL;
        if (is_supported(method, facts, &why_not))
                return true;
        if (ret_why_not)
                *ret_why_not = why_not;
        return false;
}

uint64_t sluice_process_count(const sluice_method *method, enum sluice_counter counter)
{
        if (method)
                return account_process_count(method->index, counter);

        uint64_t sum = 0;
        for (size_t i = 0; i < METHOD_COUNT; i++)
                sum += account_process_count(methods[i]->index, counter);
        return sum;
}
