#include "net/ticket_keys.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "net/tls_tickets.h"
#include "tls_unit.h"

static long now_s(void)
{
        return (long)(clock_coarse_ns() / NS_PER_S);
}

static struct ticket_keys *keep(int fd)
{
        struct ticket_keys *keys;
        assert_int_equal(ticket_keys_keep(&keys, &fd), 0);
        assert_int_equal(fd, -1);
        return keys;
}

static struct ticket_keys *view(const struct ticket_keys *kept)
{
        struct ticket_keys *keys;
        assert_int_equal(ticket_keys_open(&keys, ticket_keys_fd(kept)), 0);
        return keys;
}

static bool knows(const struct ticket_keys *keys, const struct ticket_key *key, bool *ret_old)
{
        struct ticket_key found;
        bool good = ticket_keys_find(keys, key->name, &found, ret_old);
        if (good)
                assert_memory_equal(&found, key, sizeof(found));
        return good;
}

/* ---- Shared ---- */

static void test_who_keeps_them_next_has_the_same(void **state)
{
        struct ticket_keys *first = keep(-1), *user = view(first);
        struct ticket_key key, same;
        bool old;
        (void)state;

        ticket_keys_newest(first, &key);
        struct ticket_keys *second = keep(dup(ticket_keys_fd(first)));
        ticket_keys_free(first);
        ticket_keys_newest(second, &same);
        assert_memory_equal(&key, &same, sizeof(key));
        assert_true(knows(user, &key, &old) && !old);

        /* Who was there before the hand-over sees what is renewed after it. */
        (void)ticket_keys_renew(second, now_s() + TICKET_SECONDS);
        ticket_keys_newest(user, &same);
        assert_memory_not_equal(key.name, same.name, sizeof(key.name));
        assert_true(knows(user, &key, &old));
        ticket_keys_free(user);
        ticket_keys_wipe(second);
        ticket_keys_free(second);
}

static void test_what_we_did_not_write_is_replaced(void **state)
{
        int fds[] = {memfd_create("empty", MFD_CLOEXEC), memfd_create("other", MFD_CLOEXEC),
                     open("/dev/null", O_RDWR | O_CLOEXEC)};
        struct ticket_keys *model = keep(-1);
        struct stat status;
        (void)state;

        assert_int_equal(fstat(ticket_keys_fd(model), &status), 0);
        assert_int_equal(ftruncate(fds[1], status.st_size), 0);
        for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
                struct ticket_keys *none, *keys;
                assert_int_equal(ticket_keys_open(&none, fds[i]), -EINVAL);
                keys = keep(fds[i]);
                ticket_keys_free(view(keys));
                ticket_keys_free(keys);
        }
        ticket_keys_free(model);
}

static void test_a_key_is_made_when_its_time_has_come(void **state)
{
        struct ticket_keys *keys = keep(-1);
        struct ticket_key first, newest;
        const long start_s = now_s();
        (void)state;

        ticket_keys_newest(keys, &first);
        int ms = ticket_keys_renew(keys, start_s + 60);
        assert_true(ms > (TICKET_SECONDS - 62) * 1000 && ms <= (TICKET_SECONDS - 60) * 1000);
        ticket_keys_newest(keys, &newest);
        assert_memory_equal(&first, &newest, sizeof(first));
        assert_int_equal(ticket_keys_renew(keys, start_s + TICKET_SECONDS), TICKET_SECONDS * 1000);
        ticket_keys_newest(keys, &newest);
        assert_memory_not_equal(first.name, newest.name, sizeof(first.name));
        assert_memory_not_equal(first.cipher, newest.cipher, sizeof(first.cipher));
        assert_memory_not_equal(first.digest, newest.digest, sizeof(first.digest));
        ticket_keys_free(keys);
}

static void test_a_key_whose_time_is_over_is_gone(void **state)
{
        struct ticket_keys *keys = keep(-1);
        struct ticket_key key[4];
        unsigned char memory[1024];
        bool old;
        (void)state;

        for (long i = 0; i < 4; i++) {
                (void)ticket_keys_renew(keys, now_s() + (i + 1) * TICKET_SECONDS);
                ticket_keys_newest(keys, &key[i]);
        }
        assert_true(knows(keys, &key[3], &old));
        assert_true(knows(keys, &key[2], &old));
        assert_false(knows(keys, &key[1], &old));
        ssize_t length = pread(ticket_keys_fd(keys), memory, sizeof(memory), 0);
        assert_true(length > 0);
        assert_non_null(memmem(memory, (size_t)length, key[2].cipher, 32));
        assert_null(memmem(memory, (size_t)length, key[1].cipher, 32));
        ticket_keys_wipe(keys);
        assert_int_equal(pread(ticket_keys_fd(keys), memory, sizeof(memory), 0), length);
        for (ssize_t i = 0; i < length; i++)
                assert_int_equal(memory[i], 0);
        ticket_keys_free(keys);
}

static void test_who_uses_them_cannot_write_them(void **state)
{
        struct ticket_keys *keys = keep(-1), *user = view(keys);
        char line[512], path[128];
        unsigned long from, to;
        size_t maps = 0;
        (void)state;

        FILE *file = fopen("/proc/self/maps", "re");
        assert_non_null(file);
        while (fgets(line, sizeof(line), file))
                if (strstr(line, "sluice-ticket-keys") && strstr(line, " r--s ")) {
                        assert_int_equal(
                                sscanf(line, "%lx-%lx %*s %*s %*s %*s %127s", &from, &to, path), 3);
                        assert_int_equal(mprotect((void *)from, to - from, PROT_READ | PROT_WRITE),
                                         -1);
                        assert_int_equal(errno, EACCES);
                        maps++;
                }
        (void)fclose(file);
        assert_int_equal(maps, 1);
        ticket_keys_free(user);
        ticket_keys_free(keys);
}

/* ---- Given ---- */

static const char *const files[] = {"first.key", "second.key", "third.key"};

static void write_key(const char *name, unsigned char first, size_t size)
{
        unsigned char bytes[256];
        FILE *file = fopen(name, "we");
        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char)(first + i);
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
}

static void test_the_first_makes_all_read(void **state)
{
        struct tls_complaint complaint;
        struct ticket_keys *keys;
        struct ticket_key key, found;
        bool old = true;
        (void)state;

        for (size_t i = 0; i < 2; i++)
                write_key(files[i], (unsigned char)(i * 100), 80);
        assert_int_equal(ticket_keys_read(&keys, files, 2, &complaint), 0);
        ticket_keys_newest(keys, &key);
        assert_int_equal(key.name[0], 0);
        assert_int_equal(key.digest[0], 16);
        assert_int_equal(key.cipher[31], 79);
        assert_true(knows(keys, &key, &old) && !old);
        key.name[0] = 1;
        assert_false(ticket_keys_find(keys, key.name, &found, &old));
        for (size_t i = 0; i < 16; i++)
                key.name[i] = (unsigned char)(100 + i);
        assert_true(ticket_keys_find(keys, key.name, &found, &old));
        assert_true(old); /* exchanged for one of the first */
        assert_int_equal(found.cipher[0], 148);
        ticket_keys_free(keys);
}

static void test_what_is_no_key_is_said(void **state)
{
        struct tls_complaint complaint;
        struct ticket_keys *keys;
        (void)state;

        static const struct {
                size_t size;
                const char *says;
        } bad[] = {{0, "has 0 bytes"}, {48, "has 48 bytes"}, {79, "79"}, {81, "has 81 bytes"}};
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                write_key(files[2], 0, bad[i].size);
                assert_int_equal(ticket_keys_read(&keys, &files[2], 1, &complaint), -EINVAL);
                assert_non_null(strstr(complaint.text, bad[i].says));
                assert_non_null(strstr(complaint.text, files[2]));
        }
        write_key(files[2], 0, 80);
        assert_int_equal(
                ticket_keys_read(&keys, (const char *[]){files[2], files[2]}, 2, &complaint),
                -EINVAL);
        assert_non_null(strstr(complaint.text, "this name"));
        assert_int_equal(ticket_keys_read(&keys, (const char *[]){"."}, 1, &complaint), -EINVAL);
        assert_non_null(strstr(complaint.text, "regular file"));
        for (size_t i = 0; i < 3; i++)
                (void)unlink(files[i]);
}

/* ---- Tickets ---- */

static SSL_CTX *server_context(void)
{
        SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *certificate = X509_new();

        assert_non_null(ssl);
        (void)X509_set_pubkey(certificate, key);
        (void)X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
        assert_int_equal(SSL_CTX_use_certificate(ssl, certificate), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(ssl, key), 1);
        (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
        (void)SSL_CTX_set_session_id_context(ssl, (const unsigned char *)"a", 1);
        X509_free(certificate);
        EVP_PKEY_free(key);
        return ssl;
}

/* A handshake, by session if there is one, which is replaced by the one that the server
 * gives last. Whether it was resumed. */
static bool handshake(SSL_CTX *server_side, SSL_CTX *client_side, SSL_SESSION **session)
{
        SSL *server = SSL_new(server_side), *client = SSL_new(client_side);
        BIO *near = NULL, *far = NULL;
        char byte;

        assert_int_equal(BIO_new_bio_pair(&near, 1 << 16, &far, 1 << 16), 1);
        SSL_set_bio(server, near, near);
        SSL_set_bio(client, far, far);
        if (*session)
                (void)SSL_set_session(client, *session);
        for (int i = 0; i < 10; i++) {
                (void)SSL_connect(client);
                (void)SSL_accept(server);
        }
        assert_true(SSL_is_init_finished(server) && SSL_is_init_finished(client));
        /* Reading takes in a ticket of TLS 1.3. */
        assert_int_equal(SSL_write(server, "x", 1), 1);
        assert_int_equal(SSL_read(client, &byte, 1), 1);
        bool resumed = SSL_session_reused(client);
        SSL_SESSION_free(*session);
        *session = SSL_get1_session(client);
        (void)SSL_shutdown(client);
        (void)SSL_shutdown(server);
        SSL_free(server);
        SSL_free(client);
        return resumed;
}

static bool is_same_ticket(const SSL_SESSION *a, const SSL_SESSION *b)
{
        const unsigned char *ticket_a, *ticket_b;
        size_t length_a, length_b;
        SSL_SESSION_get0_ticket(a, &ticket_a, &length_a);
        SSL_SESSION_get0_ticket(b, &ticket_b, &length_b);
        return length_a == length_b && memcmp(ticket_a, ticket_b, length_a) == 0;
}

/* Tickets of one session after another, by keys of several ages. */
static void test_a_ticket_ends_with_its_key(void **state)
{
        static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
        (void)state;

        for (size_t i = 0; i < 2; i++) {
                struct ticket_keys *kept = keep(-1);
                struct tls_tickets *tickets = tls_tickets_new(view(kept));
                SSL_CTX *server = server_context(), *client = SSL_CTX_new(TLS_client_method());
                SSL_SESSION *session = NULL, *again;

                tls_tickets_use(tickets, server);
                (void)SSL_CTX_set_max_proto_version(server, versions[i]);
                assert_false(handshake(server, client, &session));
                for (int times = 0; times < 3; times++) {
                        again = SSL_SESSION_dup(session);
                        assert_true(handshake(server, client, &session));
                        assert_int_equal(is_same_ticket(again, session),
                                         versions[i] == TLS1_2_VERSION);
                        SSL_SESSION_free(again);
                }

                /* One that is new, and one whose time to make tickets is over. */
                again = SSL_SESSION_dup(session);
                (void)ticket_keys_renew(kept, now_s() + TICKET_SECONDS);
                assert_true(handshake(server, client, &again));
                SSL_SESSION_free(again);
                again = SSL_SESSION_dup(session);
                (void)ticket_keys_renew(kept, now_s() + 2 * TICKET_SECONDS);
                assert_false(handshake(server, client, &again));
                SSL_SESSION_free(again);

                SSL_SESSION_free(session);
                SSL_CTX_free(server);
                SSL_CTX_free(client);
                tls_tickets_free(tickets);
                ticket_keys_free(kept);
        }
}

/* A key of a file has no time; what is in the ticket has. */
static void test_a_ticket_ends_by_its_own_time(void **state)
{
        struct tls_complaint complaint;
        struct ticket_keys *keys;
        SSL_CTX *server = server_context(), *client = SSL_CTX_new(TLS_client_method());
        SSL_SESSION *session = NULL;
        (void)state;

        write_key(files[0], 7, 80);
        assert_int_equal(ticket_keys_read(&keys, files, 1, &complaint), 0);
        struct tls_tickets *tickets = tls_tickets_new(keys);
        tls_tickets_use(tickets, server);
        assert_int_equal(SSL_CTX_get_timeout(server), TICKET_SECONDS);
        (void)SSL_CTX_set_timeout(server, 1);
        assert_false(handshake(server, client, &session));
        (void)SSL_SESSION_set_timeout(session, 3600); /* the client's own idea */
        assert_true(handshake(server, client, &session));
        (void)SSL_SESSION_set_timeout(session, 3600);
        (void)sleep(3);
        assert_false(handshake(server, client, &session));
        SSL_SESSION_free(session);
        SSL_CTX_free(server);
        SSL_CTX_free(client);
        tls_tickets_free(tickets);
        (void)unlink(files[0]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_who_keeps_them_next_has_the_same),
                cmocka_unit_test(test_what_we_did_not_write_is_replaced),
                cmocka_unit_test(test_a_key_is_made_when_its_time_has_come),
                cmocka_unit_test(test_a_key_whose_time_is_over_is_gone),
                cmocka_unit_test(test_who_uses_them_cannot_write_them),
                cmocka_unit_test(test_the_first_makes_all_read),
                cmocka_unit_test(test_what_is_no_key_is_said),
                cmocka_unit_test(test_a_ticket_ends_with_its_key),
                cmocka_unit_test(test_a_ticket_ends_by_its_own_time),
        };
        return cmocka_run_group_tests(tests, load_openssl, NULL);
}
