/* What is measured: a method under conditions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LAB_NAME_SIZE 16
#define LAB_LABEL_SIZE 96

/* What a setting may have, on the command line and in a file. */
#define LAB_CONNECTIONS_MAX 1024
#define LAB_SIZE_MAX (UINT64_C(1) << 40)
#define LAB_BUFFER_MAX (UINT64_C(256) << 20)

enum lab_cache { LAB_WARM, LAB_COLD, LAB_CACHES }; /* before each sample */
enum lab_receiver {
        LAB_COPY, /* a reader that takes the bytes */
        LAB_DISCARD, /* MSG_TRUNC, recv(2): stands for a card that needs no CPU */
        LAB_RECEIVERS,
};
enum lab_tls {
        LAB_PLAIN, /* bytes as they are */
        LAB_USER_TLS, /* OpenSSL encrypts, in this process */
        LAB_KERNEL_TLS, /* the kernel does (kTLS) */
        LAB_TLS_KINDS,
};
enum lab_path { LAB_LOOPBACK, LAB_UNIX, LAB_VETH, LAB_REMOTE, LAB_PATHS };

/* "warm", "copy", "loopback", ...; NULL from the last on. The find functions
 * give -EINVAL for a name that is none. */
const char *lab_cache_name(enum lab_cache cache);
const char *lab_receiver_name(enum lab_receiver receiver);
const char *lab_path_name(enum lab_path path);
const char *lab_tls_name(enum lab_tls tls); /* "none", "user", "kernel" */
int lab_cache_find(const char *name, enum lab_cache *ret) __attribute__((warn_unused_result));
int lab_receiver_find(const char *name, enum lab_receiver *ret) __attribute__((warn_unused_result));
int lab_path_find(const char *name, enum lab_path *ret) __attribute__((warn_unused_result));
int lab_tls_find(const char *name, enum lab_tls *ret) __attribute__((warn_unused_result));

/* What is measured. */
struct lab_setting {
        char method[LAB_NAME_SIZE]; /* sluice_method_name() */
        enum lab_tls tls;
        uint64_t buffer_bytes; /* sluice_set_buffer_size(); 0: the method's own */
        uint64_t size_bytes; /* of a transfer */
        enum lab_cache cache;
        uint32_t connections; /* at the same time */
        enum lab_receiver receiver;
        enum lab_path path;
};

/* "copy+tls", "sendfile+ktls": what the method is called with its encryption. */
const char *setting_method(const struct lab_setting *, char buffer[static LAB_LABEL_SIZE]);
/* "sendfile", "copy+tls 4K": that, and the buffer where one was asked for. */
const char *setting_label(const struct lab_setting *, char buffer[static LAB_LABEL_SIZE]);
/* "16 KiB, warm, 1 connection, loopback": all the rest. Cases with the same
 * one can be compared. */
const char *setting_conditions(const struct lab_setting *, char buffer[static LAB_LABEL_SIZE]);
bool setting_equal(const struct lab_setting *, const struct lab_setting *);
/* Whether all but method, encryption and buffer are equal. */
bool setting_same_conditions(const struct lab_setting *, const struct lab_setting *);
