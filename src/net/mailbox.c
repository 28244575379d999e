#include "net/mailbox.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"

int mailbox_open(struct mailbox *mailbox)
{
        atomic_init(&mailbox->newest, NULL);
        mailbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return mailbox->fd < 0 ? -errno : 0;
}

void mailbox_close(struct mailbox *mailbox)
{
        fd_close(&mailbox->fd);
}

void mailbox_post(struct mailbox *mailbox, struct loop_message *message)
{
        struct loop_message *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
        do
                message->next = newest;
        while (!atomic_compare_exchange_weak(&mailbox->newest, &newest, message));

        /* Only the first has to wake the thread: the rest are found with it. A write
         * to an eventfd fails only when its counter is full: it is readable then. */
        uint64_t one = 1;
        if (!newest)
                (void)!write(mailbox->fd, &one, sizeof(one));
}

void mailbox_deliver(struct mailbox *mailbox)
{
        uint64_t count;
        (void)!read(mailbox->fd, &count, sizeof(count));

        struct loop_message *newest = atomic_exchange(&mailbox->newest, NULL), *oldest = NULL;
        while (newest) {
                struct loop_message *next = newest->next;
                newest->next = oldest;
                oldest = newest;
                newest = next;
        }
        while (oldest) {
                struct loop_message *next = oldest->next;
                oldest->deliver(oldest);
                oldest = next;
        }
}
