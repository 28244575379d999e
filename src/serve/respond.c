#include "serve/respond.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>

#include "base/fd.h"
#include "http/body.h"
#include "http/target.h"
#include "serve/answer.h"
#include "serve/authentication.h"
#include "serve/connection.h"
#include "serve/exchange.h"
#include "serve/https_redirect.h"
#include "serve/redirects.h"
#include "serve/representation.h"
#include "serve/request_log.h"
#include "serve/task.h"

#define KEY_SIZE (PATH_MAX + 5)
static_assert(SERVE_SITES_MAX <= UINT16_MAX, "a site's index fits the key's two bytes");

/* ---- Finding ---- */

/* Puts a file that was just opened into the cache. */
static void remember(struct cache *cache, struct span key, struct file *file, uint64_t now_ns)
{
        struct file *before;

        /* Opened anew only because it is too young to be trusted. */
        if (cache_find(cache, key, now_ns, &before) != CACHE_MISS && file_is_same(before, file))
                file->asked_before = before->asked_before;
        cache_put(cache, key, file, now_ns);
}

static void answer_resolution(struct exchange *exchange, const struct http_request *request,
                              const struct target_path *path, struct span key,
                              struct resolution *resolution)
{
        metrics_add(&exchange->worker->metrics.cache_misses, 1);
        uint64_t now_ns = loop_now_ns(exchange->worker->loop);

        switch (resolution->kind) {
        case RESOLVED_FILE:
                remember(exchange->worker->cache, key, resolution->file, now_ns);
                answer_file(exchange, request, resolution->file);
                break;
        case RESOLVED_SAME:
                cache_confirm(exchange->worker->cache, key, now_ns);
                answer_file(exchange, request, resolution->file);
                break;
        case RESOLVED_DIRECTORY:
                answer_directory(exchange, request, path);
                break;
        case RESOLVED_LISTING:
                answer_listing(exchange, request, path, resolution->listing);
                break;
        case RESOLVED_FOLDER: /* has become a listing, or an error */
                break;
        case RESOLVED_ERROR:
                cache_drop(exchange->worker->cache, key);
                if (resolution->file)
                        answer_not_found_page(exchange, request, resolution->file);
                else
                        answer_error(exchange, request, resolution->error);
                if (!resolve_error_is_absence(resolution->error))
                        request_log_trouble(exchange, exchange->site, path->path,
                                            resolution->error);
                break;
        }
        resolution_done(resolution);
}

/* Of a folder makes its listing, or why there is none. -EAGAIN: that takes time; *resolution
 * is used up. */
static int list(struct exchange *exchange, const struct http_request *request,
                const struct target_path *path, struct resolution *resolution)
{
        const struct listing_key key = {
                .site = exchange->site,
                .path = {path->path, path->length},
                .state = resolution->folder,
                .remote = resolution->folder_remote,
                .wish = listing_wish_of(request, path->query),
        };
        cleanup_fd int fd = fd_take(&resolution->folder_fd);
        struct listing *listing = listing_store_find(exchange->worker->service->listings, &key);

        *resolution = (struct resolution){.kind = RESOLVED_LISTING, .listing = listing};
        if (listing)
                return 0;
        if (!STAILQ_EMPTY(&exchange->responses))
                return -EAGAIN;
        int r = task_start_list(exchange, &key, &fd);
        if (r == 0)
                return -EAGAIN;
        *resolution = (struct resolution){.kind = RESOLVED_ERROR, .error = r};
        return 0;
}

/* Without waiting; -EAGAIN where that is not possible, or where there is no descriptor
 * though this worker has closed what it could: the others are asked to. */
static int look(struct exchange *exchange, const struct lookup *lookup, struct file *known,
                struct resolution *resolution)
{
        int r = resolve(exchange->site, lookup, known, ROOT_CACHED, resolution);
        if (r < 0 || !resolution_is_starved(resolution))
                return r;
        resolution_done(resolution);
        worker_make_room(exchange->worker);
        r = resolve(exchange->site, lookup, known, ROOT_CACHED, resolution);
        if (r < 0 || !resolution_is_starved(resolution))
                return r;
        resolution_done(resolution);
        return -EAGAIN;
}

/* The same, but has a thread of the pool look then, unless other answers go first. */
static int look_or_start(struct exchange *exchange, const struct lookup *lookup, struct file *known,
                         struct resolution *resolution)
{
        int r = look(exchange, lookup, known, resolution);
        if (r == -EAGAIN && STAILQ_EMPTY(&exchange->responses)) {
                int error = task_start_resolve(exchange, lookup, known);
                if (error < 0) {
                        *resolution = (struct resolution){.kind = RESOLVED_ERROR, .error = error};
                        r = 0;
                }
        }
        if (r == 0 && resolution->kind == RESOLVED_SAME)
                resolution->file = file_ref(known);
        return r;
}

/* key: what the cache knows the file by. */
static enum respond_result find(struct exchange *exchange, const struct http_request *request,
                                const struct target_path *path, coding_order codings,
                                struct span key)
{
        struct resolution resolution = {0};
        struct file *known = NULL;
        int r = 0;

        if (!task_take_resolution(exchange, &resolution)) {
                uint64_t now_ns = loop_now_ns(exchange->worker->loop);
                if (cache_find(exchange->worker->cache, key, now_ns, &known) == CACHE_FRESH) {
                        metrics_add(&exchange->worker->metrics.cache_hits, 1);
                        answer_file(exchange, request, known);
                        return RESPOND_QUEUED;
                }
                const struct lookup lookup = {
                        .path = {path->path, path->length},
                        .directory = path->directory,
                        .hidden = path->hidden,
                        .codings = codings,
                };
                /* The cache may close files meanwhile. */
                if (known)
                        (void)file_ref(known);
                r = look_or_start(exchange, &lookup, known, &resolution);
                file_unref(known);
        }
        if (r == 0 && resolution.kind == RESOLVED_FOLDER)
                r = list(exchange, request, path, &resolution);
        if (r == -EAGAIN)
                return exchange->task ? RESPOND_RESOLVING : RESPOND_LATER;
        answer_resolution(exchange, request, path, key, &resolution);
        return RESPOND_QUEUED;
}

/* RFC 9110 7.4: a target's scheme must be that of the connection. */
static bool is_for_tls(const struct http_request *request)
{
        struct target_parts parts;
        return request->target.data[0] != '/' &&
               target_split(request->target, &parts) == TARGET_ABSOLUTE &&
               span_equal_fold(parts.scheme, SPAN_LITERAL("https"));
}

/* What the cache knows the file by: the path, with its slash if it is a
 * directory's, then the codings that were asked for. So the choice among the forms
 * of a file is remembered like any file, and so is that there is only one. Behind
 * it, but for the default one, the site: a path has no NUL, so nothing else has the
 * same key. Not made in the path's own buffer: whoever names the path has its NUL. */
static struct span make_key(char key[static KEY_SIZE], const struct target_path *path,
                            coding_order codings, const struct site *site)
{
        size_t length = path->length;

        memcpy(key, path->path, length);
        if (path->directory || length == 0)
                key[length++] = '/';
        if (codings || site->index) {
                key[length++] = '\0';
                key[length++] = (char)codings;
        }
        if (site->index) {
                key[length++] = (char)(site->index >> 8);
                key[length++] = (char)site->index;
        }
        return (struct span){key, length};
}

static bool redirect(struct exchange *exchange, const struct http_request *request,
                     const struct target_path *path)
{
        char with_slashes[PATH_MAX + 2];
        struct text location = {0};
        size_t length = path->length;

        with_slashes[0] = '/';
        memcpy(with_slashes + 1, path->path, length++);
        if (path->directory && path->length > 0)
                with_slashes[length++] = '/';
        enum http_status status;
        bool found = redirects_find(exchange->site->options, (struct span){with_slashes, length},
                                    &location, &status);
        if (found)
                answer_redirect(exchange, request, status, &location, path->query);
        text_done(&location);
        return found;
}

static enum respond_result respond_with_file(struct exchange *exchange,
                                             const struct http_request *request)
{
        char buffer[PATH_MAX], key_buffer[KEY_SIZE];
        struct target_path path;
        const char *reason;

        if (is_for_tls(request)) {
                answer_status(exchange, request, HTTP_MISDIRECTED_REQUEST,
                              "This connection is not one of https.");
                return RESPOND_QUEUED;
        }
        int r = path_from_target(request->target, buffer, sizeof(buffer), &path, &reason);
        if (r == -ENAMETOOLONG)
                answer_status(exchange, request, HTTP_URI_TOO_LONG, "The path is too long.");
        else if (r < 0)
                answer_status(exchange, request, HTTP_BAD_REQUEST, reason);
        if (r < 0)
                return RESPOND_QUEUED;

        if (exchange->site->options->redirect_count && redirect(exchange, request, &path))
                return RESPOND_QUEUED;
        coding_order codings = negotiate_codings(request);
        if (codings && !representation_may_vary(exchange->site, path.path, path.directory))
                codings = 0;
        struct span key = make_key(key_buffer, &path, codings, exchange->site);
        return find(exchange, request, &path, codings, key);
}

static enum respond_result respond_to(struct exchange *exchange, const struct http_request *request)
{
        switch (request->method) {
        case HTTP_GET:
        case HTTP_HEAD:
                /* To a method with no use for a body (RFC 9110 9.3.1). */
                if (!request->chunked && request->content_length > BODY_DROP_MAX) {
                        answer_status(exchange, request, HTTP_CONTENT_TOO_LARGE,
                                      "A request to read needs no body as large as that.");
                        break;
                }
                return respond_with_file(exchange, request);
        case HTTP_OPTIONS:
                answer_options(exchange, request);
                break;
        case HTTP_METHOD_OTHER:
                answer_status(exchange, request, HTTP_NOT_IMPLEMENTED,
                              "This server does not know that method.");
                break;
        default:
                answer_status(exchange, request, HTTP_METHOD_NOT_ALLOWED,
                              "Files here can only be read.");
        }
        return RESPOND_QUEUED;
}

enum respond_result respond(struct exchange *exchange, const struct http_request *request)
{
        if (exchange->connection->redirects) {
                https_redirect_answer(exchange, request);
                return RESPOND_QUEUED;
        }
        exchange->site = service_site(exchange->worker->service, request->authority);
        if (exchange->site->absent) {
                answer_status(exchange, request, HTTP_MISDIRECTED_REQUEST,
                              "There is no site of that name here.");
                return RESPOND_QUEUED;
        }
        exchange->authenticated = false;
        switch (authenticate(exchange, request)) {
        case AUTHENTICATION_GIVEN:
                exchange->authenticated =
                        exchange->site->passwords && request->method != HTTP_OPTIONS;
                return respond_to(exchange, request);
        case AUTHENTICATION_LATER:
                return RESPOND_LATER;
        case AUTHENTICATION_VERIFYING:
                return RESPOND_RESOLVING;
        case AUTHENTICATION_REFUSED:
                answer_status(exchange, request, HTTP_UNAUTHORIZED,
                              "A name and a password are needed.");
                break;
        case AUTHENTICATION_BUSY:
                answer_error(exchange, request, -EAGAIN);
                break;
        }
        return RESPOND_QUEUED;
}
