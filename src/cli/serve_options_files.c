/* Options of `sluice serve`: the way of bytes from a disk to a socket. */
#include "cli/serve_options.h"

static const char *method_choice(size_t index)
{
        if (index == 0)
                return "auto";
        const sluice_method *method = sluice_method_at(index - 1);
        return method ? sluice_method_name(method) : NULL;
}

static const struct option_spec options[] = {
        {
                .name = "method",
                .letter = 'm',
                .kind = OPTION_TEXT,
                .value = "METHOD",
                .default_text = "auto",
                .help = "How bodies get from a file to a socket; 'sluice doctor' lists the methods",
                .offset = FIELD(method),
                .second_offset = FIELD(method_given),
                .expected = "a method: 'sluice doctor' lists them",
                .choice = method_choice,
                .common = true,
                .in_policy = true,
        },
        {
                .name = "small-file",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "32K",
                .help = "Files up to this size are kept in memory and sent with their head in one "
                        "call",
                .offset = FIELD(small_file),
                .maximum = 16 << 20,
                .in_policy = true,
        },
        {
                .name = "step-size",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "2M",
                .help = "Bytes of a file that a connection sends before the others have their turn",
                .offset = FIELD(step_bytes),
                .minimum = 64 << 10,
                .maximum = 1 << 30,
                .in_policy = true,
        },
        {
                .name = "cache-entries",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "8192",
                .help = "Files a worker remembers; 0 remembers none",
                .offset = FIELD(cache_entries),
                .maximum = 1 << 20,
        },
        {
                .name = "cache-size",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "64M",
                .help = "Memory a worker spends on small files",
                .offset = FIELD(cache_bytes),
                .maximum = UINT64_C(1) << 40,
        },
        {
                .name = "cache-valid",
                .kind = OPTION_DURATION,
                .value = "TIME",
                .default_text = "1s",
                .help = "How long a file is believed to be unchanged",
                .offset = FIELD(cache_valid_ms),
                .maximum = UINT64_C(3600) * 1000,
        },
        {
                .name = "listing-memory",
                .kind = OPTION_SIZE,
                .value = "SIZE",
                .default_text = "128M",
                .help = "Memory for listings of folders that are kept or being sent; whose would "
                        "not fit is told to come back. One takes a quarter at most: what does "
                        "not fit there is left out",
                .offset = FIELD(listing_bytes),
                .minimum = 256 << 10,
                .maximum = UINT64_C(1) << 40,
        },
        {
                .name = "cache-guard",
                .kind = OPTION_NUMBER,
                .value = "PERCENT",
                .default_text = "25",
                .help = "A file larger than this share of memory is read past the page cache the "
                        "first time, so that it does not push out the others; 0 never does that",
                .offset = FIELD(cache_guard_percent),
                .maximum = 100,
                .in_policy = true,
        },
        {
                .name = "read-ahead",
                .kind = OPTION_NUMBER,
                .value = "PERCENT",
                .default_text = "12",
                .help = "Share of memory for what was read from disks and is still to be sent, of "
                        "all connections together; where it is used up, less is read at a time",
                .offset = FIELD(read_ahead_percent),
                .minimum = 1,
                .maximum = 100,
        },
        {
                .name = "disk-threads",
                .kind = OPTION_NUMBER,
                .value = "N",
                .default_text = "8",
                .help = "Threads that may wait for a disk, so that no worker does; as many more "
                        "for each file system that is not a root's own or may ask another "
                        "machine or process (NFS, SMB, FUSE), and twice as many for all of those",
                .offset = FIELD(disk_threads),
                .minimum = 1,
                .maximum = 256,
        },
};

const struct option_group serve_options_files = {
        .title = "From disk to network",
        OPTIONS(options),
};
