/* The path: whatever the target, what comes out stays beneath the root, and written
 * as a target again it is the same path. */
#include "http/path.h"

#include <errno.h>

#include "fuzz.h"
#include "http/escape.h"

#define TARGET_MOST 1024
#define BUFFER_SIZE 256

static void check_segments(const struct target_path *path)
{
        const char *at = path->path;

        CHECK(strlen(at) == path->length && path->length < BUFFER_SIZE);
        while (*at) {
                size_t length = strcspn(at, "/");
                CHECK(length > 0);
                CHECK(!(length == 1 && at[0] == '.'));
                CHECK(!(length == 2 && at[0] == '.' && at[1] == '.'));
                if (at[0] == '.' && !path->hidden)
                        CHECK(at == path->path && length == strlen(".well-known") &&
                              memcmp(at, ".well-known", length) == 0);
                at += length;
                CHECK(at[0] != '/' || at[1] != '\0');
                at += at[0] == '/';
        }
}

static void check_round_trip(const struct target_path *path)
{
        static char target[BUFFER_SIZE * 3 + 2], buffer[BUFFER_SIZE];
        struct target_path again;
        const char *reason;

        target[0] = '/';
        size_t length = 1 + escape_uri_path((struct span){path->path, path->length}, target + 1,
                                            sizeof(target) - 1);
        CHECK(length < sizeof(target) - 1);
        if (path->directory && path->length > 0)
                target[length++] = '/';
        CHECK(path_from_target((struct span){target, length}, buffer, sizeof(buffer), &again,
                               &reason) == 0);
        CHECK(again.length == path->length);
        CHECK(memcmp(again.path, path->path, path->length) == 0);
        CHECK(again.hidden == path->hidden);
        CHECK(again.directory == path->directory);
        CHECK(!again.query.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        struct span target = {(const char *)bytes, size < TARGET_MOST ? size : TARGET_MOST};
        char *buffer = malloc(BUFFER_SIZE); /* on the heap: its end is guarded */
        struct target_path path;
        const char *reason = NULL;

        CHECK(buffer);
        int r = path_from_target(target, buffer, BUFFER_SIZE, &path, &reason);
        if (r == 0) {
                CHECK(path.path == buffer);
                CHECK(!path.query.data ||
                      (path.query.data > target.data &&
                       path.query.data + path.query.length == target.data + target.length));
                check_segments(&path);
                check_round_trip(&path);
        } else {
                CHECK((r == -EINVAL || r == -ENAMETOOLONG) && reason);
        }
        free(buffer);
        return 0;
}
