#include "transfer/direct_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "transfer/call.h"

static const char not_offered[] =
        "the file system does not offer O_DIRECT for this file (statx(2), STATX_DIOALIGN)";

bool direct_file_supported(const struct sluice_facts *facts, const char **ret_why_not)
{
        if (facts->direct_align > 0)
                return true;
        *ret_why_not = not_offered;
        return false;
}

static size_t page_size(void)
{
        return (size_t)sysconf(_SC_PAGESIZE);
}

int direct_file_open(struct method_view *view, struct direct_file *ret)
{
        uint32_t align, memory_align;
        if (facts_direct_alignment(&view->account, view->file_fd, &align, &memory_align) < 0) {
                view->why_not = not_offered;
                return -EOPNOTSUPP;
        }
        int fd = call_reopen(&view->account, view->file_fd, O_RDONLY | O_DIRECT);
        if (fd < 0) {
                view->why_not = "the file cannot be opened again with O_DIRECT by /proc/self/fd";
                return -EOPNOTSUPP;
        }
        ret->fd = fd;
        ret->align = align;
        ret->memory_align = memory_align > page_size() ? memory_align : page_size();
        return 0;
}

size_t direct_file_buffer_size(const struct direct_file *file, const struct method_view *view,
                               size_t fallback)
{
        size_t unit = file->align > page_size() ? file->align : page_size();
        size_t size = view->buffer_size ? view->buffer_size : fallback;
        if (size > view->remaining)
                size = (size_t)view->remaining;
        return (size + file->align + unit - 1) / unit * unit;
}
