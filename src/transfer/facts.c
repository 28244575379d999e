#include "transfer/facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/call.h"

static bool same_host(const struct sockaddr_storage *local, const struct sockaddr_storage *peer)
{
        if (local->ss_family != peer->ss_family)
                return false;
        if (local->ss_family == AF_INET) {
                const struct sockaddr_in *a = (const void *)local, *b = (const void *)peer;
                return a->sin_addr.s_addr == b->sin_addr.s_addr ||
                       (ntohl(b->sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
        }
        const struct sockaddr_in6 *a = (const void *)local, *b = (const void *)peer;
        return memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr)) == 0;
}

bool facts_out_encrypts(struct account *account, int out_fd)
{
        char layer[16] = "";
        socklen_t length = sizeof(layer) - 1;
        int r = call_getsockopt(account, out_fd, IPPROTO_TCP, TCP_ULP, layer, &length);
        return r == 0 && strncmp(layer, "tls", 3) == 0;
}

static void probe_tcp(struct account *account, int out_fd, struct sluice_facts *facts)
{
        struct sockaddr_storage local = {0}, peer = {0};
        socklen_t local_length = sizeof(local), peer_length = sizeof(peer);

        if (call_getsockname(account, out_fd, (struct sockaddr *)&local, &local_length) == 0 &&
            call_getpeername(account, out_fd, (struct sockaddr *)&peer, &peer_length) == 0)
                facts->peer_is_local = same_host(&local, &peer);

        int on = 0;
        socklen_t length = sizeof(on);
        facts->out_zerocopy =
                call_getsockopt(account, out_fd, SOL_SOCKET, SO_ZEROCOPY, &on, &length) == 0;
        facts->out_encrypts = facts_out_encrypts(account, out_fd);
}

static int probe_out(struct account *account, int out_fd, struct sluice_facts *facts)
{
        struct stat status;
        if (out_fd == FACTS_SINK) {
                facts->out_kind = OUT_SINK;
                return 0;
        }
        int r = call_fstat(account, out_fd, &status);
        if (r < 0)
                return r;
        if (S_ISFIFO(status.st_mode)) {
                facts->out_kind = OUT_PIPE;
                facts->peer_is_local = true;
                return 0;
        }
        if (!S_ISSOCK(status.st_mode)) {
                facts->out_kind = OUT_OTHER;
                return 0;
        }
        facts->out_is_socket = true;

        int domain = 0;
        socklen_t length = sizeof(domain);
        r = call_getsockopt(account, out_fd, SOL_SOCKET, SO_DOMAIN, &domain, &length);
        if (r < 0)
                return r;
        if (domain == AF_UNIX) {
                facts->out_kind = OUT_UNIX;
                facts->peer_is_local = true;
        } else if (domain == AF_INET || domain == AF_INET6) {
                facts->out_kind = OUT_TCP;
                probe_tcp(account, out_fd, facts);
        } else {
                facts->out_kind = OUT_OTHER_SOCKET;
        }
        return 0;
}

int facts_direct_alignment(struct account *account, int file_fd, uint32_t *ret_align,
                           uint32_t *ret_memory_align)
{
        struct statx found;
        int r = call_statx(account, file_fd, 0, STATX_DIOALIGN, &found);
        if (r < 0)
                return r;
        /* Without a word from the file system (tmpfs) O_DIRECT may be accepted
         * and not be direct at all. */
        if (!(found.stx_mask & STATX_DIOALIGN) || found.stx_dio_offset_align == 0)
                return -EOPNOTSUPP;
        *ret_align = found.stx_dio_offset_align;
        *ret_memory_align = found.stx_dio_mem_align;
        return 0;
}

static int probe_file(struct account *account, int file_fd, struct sluice_facts *facts)
{
        struct stat status;
        int r = call_fstat_regular(account, file_fd, &status);
        if (r < 0)
                return r;
        facts->file_size = (uint64_t)status.st_size;
        facts->file_device = (uint64_t)status.st_dev;
        facts->residency = residency_probe(account, file_fd, facts->file_device, facts->file_size);

        struct statfs file_system;
        r = call_fstatfs(account, file_fd, &file_system);
        if (r < 0)
                return r;
        facts->file_system = (uint64_t)file_system.f_type;

        /* 0 where nobody knows. */
        (void)!facts_direct_alignment(account, file_fd, &facts->direct_align,
                                      &facts->direct_memory_align);
        return 0;
}

int facts_probe(struct account *account, int file_fd, int out_fd, struct sluice_facts *ret)
{
        struct sluice_facts facts = {0};

        int r = probe_file(account, file_fd, &facts);
        if (r < 0)
                return r;
        r = probe_out(account, out_fd, &facts);
        if (r < 0)
                return r;
        *ret = facts;
        return 0;
}

const char *facts_uring_why_not(int error)
{
        switch (error) {
        case 0:
                return NULL;
        case -EPERM:
        case -EACCES:
                return "io_uring is forbidden here (kernel.io_uring_disabled, or the container's "
                       "seccomp filter)";
        case -ENOSYS:
                return "the kernel has no io_uring, or the container's seccomp filter hides it";
        case -EOPNOTSUPP:
                return "the kernel's io_uring has no send_zc (Linux 6.0)";
        case -ENOMEM:
                return "the user's share of locked memory (RLIMIT_MEMLOCK) is used up";
        default:
                return "io_uring_setup(2) fails";
        }
}

/* Once a process: what an io_uring can do does not change. */
static int probe_uring(struct account *account)
{
        static _Atomic int known = 1;
        int r = atomic_load_explicit(&known, memory_order_relaxed);
        if (r <= 0)
                return r;

        struct io_uring ring;
        struct io_uring_params params = {0};
        union {
                struct io_uring_probe probe;
                char room[sizeof(struct io_uring_probe) +
                          (IORING_OP_SEND_ZC + 1) * sizeof(struct io_uring_probe_op)];
        } operations = {0};
        r = call_uring_init(account, 1, &ring, &params);
        if (r == 0) {
                r = call_uring_register_probe(account, &ring, &operations.probe,
                                              IORING_OP_SEND_ZC + 1);
                if (r == 0 && !io_uring_opcode_supported(&operations.probe, IORING_OP_SEND_ZC))
                        r = -EOPNOTSUPP;
                call_uring_exit(account, &ring);
        }
        /* Out of something is not for ever. */
        if (r != -ENOMEM && r != -EMFILE && r != -ENFILE)
                atomic_store_explicit(&known, r, memory_order_relaxed);
        return r;
}

static int probe(sluice_facts **ret_facts, int file_fd, int out_fd)
{
        struct account account = {0};
        struct sluice_facts *facts = malloc(sizeof(*facts));
        if (!facts)
                return -ENOMEM;

        int r = facts_probe(&account, file_fd, out_fd, facts);
        if (r == 0)
                facts->uring_error = probe_uring(&account);
        account_publish_calls(&account);
        if (r < 0) {
                free(facts);
                return r;
        }
        *ret_facts = facts;
        return 0;
}

int sluice_facts_probe(sluice_facts **ret_facts, int file_fd, int out_fd)
{
        return out_fd < 0 ? -EBADF : probe(ret_facts, file_fd, out_fd);
}

int sluice_facts_probe_sink(sluice_facts **ret_facts, int file_fd)
{
        return probe(ret_facts, file_fd, FACTS_SINK);
}

void sluice_facts_free(sluice_facts *facts)
{
        free(facts);
}

const char *sluice_residency_name(const sluice_facts *facts)
{
        static const char *const names[] = {
                [RESIDENCY_UNDECIDED] = "cachestat",
                [RESIDENCY_CACHESTAT] = "cachestat",
                [RESIDENCY_NOWAIT] = "nowait",
                [RESIDENCY_UNKNOWN] = "unknown",
        };
        return names[facts->residency];
}
