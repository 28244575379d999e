/* Messages from any thread to one. */
#pragma once

#include <stdatomic.h>

#include "net/loop.h"

struct mailbox {
        int fd; /* an eventfd(2): readable while there are messages */
        struct loop_message *_Atomic newest;
};

int mailbox_open(struct mailbox *mailbox) __attribute__((warn_unused_result));
void mailbox_close(struct mailbox *mailbox);

/* From any thread. */
void mailbox_post(struct mailbox *mailbox, struct loop_message *message);

/* On the receiving thread: delivers all, the oldest first. */
void mailbox_deliver(struct mailbox *mailbox);
