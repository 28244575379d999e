/* A session of ours against OpenSSL's own client, over a pair of sockets. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "net/tls_record.h"

struct pair {
        int ours, peers;
        struct tls *tls;
        SSL *peer;
        char received[65536];
};

static struct tls_context *context;
static SSL_CTX *peers;

static int begin(void **state)
{
        struct tls_complaint complaint;
        const struct tls_options options = {.no_ktls = true};
        (void)state;
        (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL's client writes without MSG_NOSIGNAL */
        if (tls_context_new(&context, &options, &complaint) < 0)
                return -1;
        peers = SSL_CTX_new(TLS_client_method());
        return peers ? 0 : -1;
}

static int end(void **state)
{
        (void)state;
        SSL_CTX_free(peers);
        tls_context_free(context);
        return 0;
}

/* Hands over what has come. False: nothing has. */
static bool take_input(struct pair *pair)
{
        ssize_t n = recv(pair->ours, pair->received, sizeof(pair->received), MSG_DONTWAIT);
        if (n <= 0)
                return false;
        tls_input(pair->tls, pair->received, (size_t)n);
        return true;
}

static void pair_open(struct pair *pair)
{
        int fds[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
                         0);
        pair->ours = fds[0];
        pair->peers = fds[1];
        assert_int_equal(tls_new(&pair->tls, context, pair->ours), 0);
        pair->peer = SSL_new(peers);
        assert_non_null(pair->peer);
        assert_int_equal(SSL_set_fd(pair->peer, pair->peers), 1);
        while (!tls_is_open(pair->tls)) {
                (void)SSL_connect(pair->peer);
                if (take_input(pair)) {
                        int r = tls_handshake(pair->tls);
                        assert_true(r == 0 || r == -EAGAIN);
                }
        }
}

static void pair_close(struct pair *pair)
{
        tls_free(pair->tls);
        SSL_free(pair->peer);
        (void)close(pair->ours);
        (void)close(pair->peers);
}

static ssize_t send_bytes(struct pair *pair, void *data, size_t length)
{
        struct iovec part = {data, length};
        struct loop_send send = {.parts = &part, .count = 1};
        return tls_send(pair->tls, &send);
}

/* Reads until so many bytes have come, which must all be of that letter. */
static void expect(struct pair *pair, char letter, size_t length)
{
        static char plain[16384];
        while (length > 0) {
                int n = SSL_read(pair->peer, plain, sizeof(plain));
                if (n <= 0) {
                        assert_int_equal(SSL_get_error(pair->peer, n), SSL_ERROR_WANT_READ);
                        int flushed = tls_flush(pair->tls);
                        assert_true(flushed == 0 || flushed == -EAGAIN);
                        continue;
                }
                for (int i = 0; i < n; i++)
                        assert_int_equal(plain[i], letter);
                assert_true((size_t)n <= length);
                length -= (size_t)n;
        }
}

/* The bystander's session must not see what the other one could not send. */
static void expect_unharmed(struct pair *bystander)
{
        char greeting[] = "bbbb";
        assert_int_equal(send_bytes(bystander, greeting, 4), 4);
        expect(bystander, 'b', 4);
}

/* Asks for new keys often enough that an answer to the first is written while the next
 * are read. */
static void ask_for_keys(struct pair *pair)
{
        for (int i = 0; i < 3; i++) {
                assert_int_equal(SSL_key_update(pair->peer, SSL_KEY_UPDATE_REQUESTED), 1);
                assert_int_equal(SSL_do_handshake(pair->peer), 1);
        }
}

static void test_what_a_broken_session_could_not_send_reaches_nobody(void **state)
{
        static char much[1 << 20];
        struct pair broken, bystander;
        const char *plain;
        (void)state;

        pair_open(&broken);
        pair_open(&bystander);
        memset(much, 'a', sizeof(much));
        assert_int_equal(send_bytes(&broken, much, sizeof(much)), -EINPROGRESS);
        /* It is gone when the answer would leave. */
        ask_for_keys(&broken);
        assert_true(take_input(&broken));
        SSL_free(broken.peer);
        broken.peer = NULL;
        (void)close(broken.peers);
        broken.peers = -1;
        assert_int_equal(tls_read(broken.tls, &plain), -EPIPE);

        expect_unharmed(&bystander);
        pair_close(&broken);
        pair_close(&bystander);
}

static void test_an_answer_to_new_keys_does_not_wait_in_the_threads_buffer(void **state)
{
        struct pair asking, bystander;
        const char *plain;
        (void)state;

        pair_open(&asking);
        pair_open(&bystander);
        ask_for_keys(&asking);
        assert_int_equal(SSL_write(asking.peer, "x", 1), 1);
        assert_true(take_input(&asking));
        assert_int_equal(tls_read(asking.tls, &plain), 1);

        expect_unharmed(&bystander);
        expect_unharmed(&asking);
        pair_close(&asking);
        pair_close(&bystander);
}

static void test_a_peer_that_asks_and_never_reads_is_given_up(void **state)
{
        static char much[1 << 20];
        struct pair pair;
        ssize_t r = -EAGAIN;
        (void)state;

        pair_open(&pair);
        assert_int_equal(send_bytes(&pair, much, sizeof(much)), -EINPROGRESS);
        /* Each answer has at least 27 bytes. */
        for (int i = 0; i < (1 << 20) / 20 && r == -EAGAIN; i++) {
                const char *plain;
                assert_int_equal(SSL_key_update(pair.peer, SSL_KEY_UPDATE_REQUESTED), 1);
                assert_int_equal(SSL_do_handshake(pair.peer), 1);
                assert_true(take_input(&pair));
                r = tls_read(pair.tls, &plain);
        }
        assert_int_equal(r, -EPROTO);
        pair_close(&pair);
}

/* It asks for one more each time that it has read about one: that is never many at once, and
 * must not become many in memory. */
static void test_what_a_peer_has_read_is_not_kept(void **state)
{
        static char much[1 << 20], drained[32];
        struct pair pair;
        size_t largest = 0;
        (void)state;

        pair_open(&pair);
        assert_int_equal(send_bytes(&pair, much, sizeof(much)), -EINPROGRESS);
        for (int i = 0; i < 40000; i++) {
                const char *plain;
                assert_int_equal(SSL_key_update(pair.peer, SSL_KEY_UPDATE_REQUESTED), 1);
                assert_int_equal(SSL_do_handshake(pair.peer), 1);
                assert_true(take_input(&pair));
                assert_int_equal(tls_read(pair.tls, &plain), -EAGAIN);
                assert_true(recv(pair.peers, drained, sizeof(drained), 0) > 0);
                if (pair.tls->left && pair.tls->left_size > largest)
                        largest = pair.tls->left_size;
        }
        assert_true(largest > 0 && largest < 256 << 10); /* 1.1 MB was asked for */
        pair_close(&pair);
}

static void test_parts_of_any_size_go_out_whole(void **state)
{
        static const size_t sizes[] = {1,      200,    16383,  16384,  16385,
                                       112640, 131072, 262143, 262144, 300000};
        static char much[300000];
        (void)state;

        memset(much, 'c', sizeof(much));
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
                struct pair pair;
                struct iovec parts[6];
                struct loop_send send = {.parts = parts, .count = 6};
                for (size_t k = 0; k < 6; k++)
                        parts[k] = (struct iovec){much, k % 2 ? sizes[i] : 250};
                pair_open(&pair);
                ssize_t total = (ssize_t)(3 * (250 + sizes[i]));
                ssize_t r;
                while ((r = tls_send(pair.tls, &send)) == -EINPROGRESS) {
                        size_t done = (size_t)send.total;
                        expect(&pair, 'c', done);
                        total -= (ssize_t)done;
                        send.total = 0;
                }
                assert_true(r >= 0);
                expect(&pair, 'c', (size_t)total);
                pair_close(&pair);
        }
}

static void test_openssls_memory(void **state)
{
        enum { COUNT = 200 };
        static unsigned char *blocks[COUNT];
        CRYPTO_malloc_fn allocate;
        (void)state;

        CRYPTO_get_mem_functions(&allocate, NULL, NULL);
#ifndef __SANITIZE_ADDRESS__
        assert_true(allocate != CRYPTO_malloc); /* nothing of OpenSSL's came before */
#endif

        for (size_t size = 0; size < 50000; size += size < 1100 ? 1 : 487) {
                /* Now and then more than are kept of a size. */
                const size_t count = size % 64 == 0 ? COUNT : 12;
                for (size_t i = 0; i < count; i++) {
                        blocks[i] = OPENSSL_malloc(size + 1);
                        assert_non_null(blocks[i]);
                        memset(blocks[i], (int)i, size + 1);
                }
                for (size_t i = 0; i < count; i++) {
                        blocks[i] = OPENSSL_realloc(blocks[i], 2 * size + 1);
                        assert_non_null(blocks[i]);
                        assert_int_equal(blocks[i][0], i);
                        assert_int_equal(blocks[i][size], i);
                        blocks[i][2 * size] = 1;
                }
                for (size_t i = 0; i < count; i++)
                        OPENSSL_free(blocks[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_a_broken_session_could_not_send_reaches_nobody),
                cmocka_unit_test(test_an_answer_to_new_keys_does_not_wait_in_the_threads_buffer),
                cmocka_unit_test(test_a_peer_that_asks_and_never_reads_is_given_up),
                cmocka_unit_test(test_what_a_peer_has_read_is_not_kept),
                cmocka_unit_test(test_parts_of_any_size_go_out_whole),
                cmocka_unit_test(test_openssls_memory),
        };
        return cmocka_run_group_tests(tests, begin, end);
}
