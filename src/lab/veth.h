/* Two network namespaces with a veth pair between them, veth(4). They live as
 * long as their descriptors. For root. */
#pragma once

/* From the block for documentation, RFC 5737: in use nowhere. */
#define VETH_SENDER "192.0.2.1"
#define VETH_RECEIVER "192.0.2.2"

struct veth {
        int own_fd; /* the namespace of the thread that made them */
        int sender_fd;
        int receiver_fd;
};

/* Errors: -EPERM, -ENOENT: no ip(8); -EIO: ip(8) failed. *ret_why_not: static. */
int veth_open(struct veth *ret, const char **ret_why_not) __attribute__((warn_unused_result));
void veth_close(struct veth *veth);

/* Moves the calling thread. */
int veth_enter(int namespace_fd) __attribute__((warn_unused_result));
