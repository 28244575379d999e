/* OpenSSL's memory. A handshake allocates and frees some 700 blocks, a third of a
 * megabyte of them large, and glibc keeps seven of a size at hand. */
#pragma once

/* OpenSSL takes its memory by way of lists of free blocks, a thread's own. Before
 * anything else of OpenSSL's, or it stays with malloc(3), as it does where a
 * sanitizer is to see each block. */
void tls_heap_use(void);
