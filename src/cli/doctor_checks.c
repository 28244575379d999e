/* The table of what `sluice doctor` looks at besides the methods. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>

#include "cli/codings.h"
#include "cli/doctor_check.h"
#include "lab/libraries.h"
#include "net/openssl.h"
#include "serve/passwords.h"
#include "serve/qr_code.h"

#define METHODS DOCTOR_METHODS
#define FILES "Files"
#define SOCKETS "Sockets"
#define KERNEL "Kernel"
#define LIMITS "Limits"
#define LIBRARIES "Libraries, opened when they are wanted"

static const struct doctor_check checks[] = {
        {
                .name = "auto",
                .section = METHODS,
                .title = "auto takes",
                .probe = doctor_probe_auto,
                .meaning = "what is used where no --method is given",
        },
        {
                .name = "file_system",
                .section = FILES,
                .title = "file system",
                .probe = doctor_probe_file_system,
                .meaning = "on folders shared with another machine, sendfile may send stale bytes",
                .remedy = "sluice serve --method copy reads every byte anew",
        },
        {
                .name = "openat2",
                .section = FILES,
                .title = "openat2",
                .probe = doctor_probe_openat2,
                .meaning = "the kernel itself keeps requests beneath the served folder; nothing is "
                           "served without it",
                .remedy = "Linux 5.6 or newer",
        },
        {
                .name = "residency",
                .section = FILES,
                .title = "in memory?",
                .probe = doctor_probe_residency,
                .meaning = "asked before each step, so that a file on a slow disk holds up nobody "
                           "else",
                .remedy = "serve from a local file system (ext4, xfs, btrfs, tmpfs)",
        },
        {
                .name = "o_direct",
                .section = FILES,
                .title = "O_DIRECT",
                .probe = doctor_probe_direct,
                .meaning = "giants can be read past the page cache, so that they push nobody out",
                .remedy = "Linux 6.1 or newer, and ext4, xfs, f2fs or btrfs",
        },
        {
                .name = "rwf_dontcache",
                .section = FILES,
                .title = "RWF_DONTCACHE",
                .probe = doctor_probe_dontcache,
                .meaning = "the page cache can be told to forget what was read once",
                .remedy = "Linux 6.14 or newer, and ext4, xfs or btrfs",
        },
        {
                .name = "so_zerocopy",
                .section = SOCKETS,
                .title = "SO_ZEROCOPY",
                .probe = doctor_probe_zerocopy,
                .meaning = "the network card reads the sender's own pages; over loopback the "
                           "kernel copies anyway",
                .remedy = "Linux 4.14 or newer",
        },
        {
                .name = "ktls",
                .section = SOCKETS,
                .title = "kernel TLS",
                .probe = doctor_probe_ktls,
                .meaning = "encrypted bodies go out by sendfile; without it TLS is done in user "
                           "space and copies",
                .remedy = "as root, on the host: modprobe tls",
        },
        {
                .name = "congestion_control",
                .section = SOCKETS,
                .title = "congestion control",
                .probe = doctor_probe_congestion,
                .meaning = "bbr paces by timers, which costs two thirds of the speed to a client "
                           "on this machine",
                .remedy = "as root: sysctl -w net.ipv4.tcp_allowed_congestion_control='reno cubic "
                          "bbr'",
        },
        {
                .name = "tcp_wmem",
                .section = SOCKETS,
                .title = "tcp_wmem",
                .probe = doctor_probe_setting,
                .meaning = "the most bytes in flight to one client: speed over a long way is this "
                           "divided by the round-trip time",
                .remedy = "as root: sysctl -w net.ipv4.tcp_wmem='4096 16384 4194304'",
                .file = "net/ipv4/tcp_wmem",
                .enough = 4 << 20,
        },
        {
                .name = "somaxconn",
                .section = SOCKETS,
                .title = "somaxconn",
                .probe = doctor_probe_setting,
                .meaning = "connections that may wait to be accepted; a burst beyond it is delayed "
                           "by a second",
                .remedy = "as root: sysctl -w net.core.somaxconn=4096",
                .file = "net/core/somaxconn",
                .enough = 1024,
        },
        {
                .name = "io_uring",
                .section = KERNEL,
                .title = "io_uring",
                .probe = doctor_probe_io_uring,
                .meaning = "needed by the method uring only; all else runs on epoll",
                .remedy = "Linux 6.0 or newer with CONFIG_IO_URING; in a container, its seccomp "
                          "profile must allow the io_uring calls",
        },
        {
                .name = "landlock",
                .section = KERNEL,
                .title = "Landlock",
                .probe = doctor_probe_landlock,
                .meaning = "the server can give up every right but to read the served folder",
                .remedy = "Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK",
        },
        {
                .name = "seccomp",
                .section = KERNEL,
                .title = "seccomp",
                .probe = doctor_probe_seccomp,
                .meaning = "the server can give up the system calls that it does not need",
                .remedy = "a kernel with CONFIG_SECCOMP_FILTER",
        },
        {
                .name = "open_files",
                .section = LIMITS,
                .title = "open files",
                .probe = doctor_probe_limit,
                .meaning = "the hard limit; each connection takes one, and each open file",
                .remedy = "ulimit -Hn 65536 (systemd: LimitNOFILE=65536)",
                .resource = RLIMIT_NOFILE,
                .hard_limit = true,
                .enough = 4096,
        },
        {
                .name = "locked_memory",
                .section = LIMITS,
                .title = "locked memory",
                .probe = doctor_probe_limit,
                .meaning = "bytes; the methods zerocopy and uring pin pages, and copy where they "
                           "may not",
                .remedy = "ulimit -l 8192 (systemd: LimitMEMLOCK=8M)",
                .resource = RLIMIT_MEMLOCK,
                .enough = 8 << 20,
        },
        {
                .name = "optmem_max",
                .section = LIMITS,
                .title = "optmem_max",
                .probe = doctor_probe_setting,
                .meaning = "bytes a socket; completions of zerocopy sends are kept there, and it "
                           "copies when they do not fit",
                .remedy = "as root: sysctl -w net.core.optmem_max=131072",
                .file = "net/core/optmem_max",
                .enough = 128 << 10,
        },
        {
                .name = "pipe_pages",
                .section = LIMITS,
                .title = "pipe pages",
                .probe = doctor_probe_setting,
                .meaning = "pages a user; beyond them the method splice gets pipes of one page and "
                           "gives way to another",
                .remedy = "as root: sysctl -w fs.pipe-user-pages-soft=16384",
                .file = "fs/pipe-user-pages-soft",
                .enough = 16384,
                .zero_is_unlimited = true,
        },
        {
                .name = "library_tls",
                .section = LIBRARIES,
                .title = "OpenSSL",
                .probe = doctor_probe_library,
                .meaning = "HTTPS, and what the lab measures of it",
                .remedy = "install it; Debian's package: libssl3",
                .load = openssl_load,
        },
        {
                .name = "library_passwords",
                .section = LIBRARIES,
                .title = "libcrypt",
                .probe = doctor_probe_library,
                .meaning = "names and passwords (--htpasswd)",
                .remedy = "install it; Debian's package: libcrypt1",
                .load = passwords_load_library,
        },
        {
                .name = "library_qrcode",
                .section = LIBRARIES,
                .title = "libqrencode",
                .probe = doctor_probe_library,
                .meaning = "the address as a QR code (--qrcode)",
                .remedy = "install it; Debian's package: libqrencode4",
                .load = qr_code_load,
        },
        {
                .name = "library_compress",
                .section = LIBRARIES,
                .title = "compressors",
                .probe = doctor_probe_library,
                .meaning = "sluice compress; what is compressed already is served without them",
                .remedy = "install them; Debian's packages: libbrotli1, libzstd1, zlib1g",
                .load = codings_load,
        },
        {
                .name = "library_lab",
                .section = LIBRARIES,
                .title = "jansson, libm",
                .probe = doctor_probe_library,
                .meaning = "sluice lab, and this report as JSON",
                .remedy = "install it; Debian's package: libjansson4",
                .load = lab_libraries_load,
        },
};

const struct doctor_check *doctor_checks(size_t *ret_count)
{
        *ret_count = sizeof(checks) / sizeof(checks[0]);
        return checks;
}

void doctor_say(struct doctor_finding *finding, enum doctor_state state, const char *format, ...)
{
        va_list arguments;
        finding->state = state;
        va_start(arguments, format);
        (void)vsnprintf(finding->value, sizeof(finding->value), format, arguments);
        va_end(arguments);
}

const char *doctor_state_name(enum doctor_state state)
{
        static const char *const names[DOCTOR_STATES] = {
                [DOCTOR_OK] = "ok",
                [DOCTOR_MISSING] = "missing",
                [DOCTOR_NOTE] = "note",
        };
        return names[state];
}
