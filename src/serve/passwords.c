#include "serve/passwords.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/on_demand.h"

ON_DEMAND_NOTE(crypt, SONAME_CRYPT, "passwords", "--htpasswd");
ON_DEMAND_FUNCTION(int, crypt_checksalt, (const char *setting), (setting))
ON_DEMAND_FUNCTION(char *, crypt_r,
                   (const char *phrase, const char *setting, struct crypt_data *data),
                   (phrase, setting, data))

int passwords_load_library(const char **ret_error)
{
        static const struct on_demand_symbol symbols[] = {
                ON_DEMAND_SYMBOL(crypt_checksalt),
                ON_DEMAND_SYMBOL(crypt_r),
        };
        static struct on_demand library = ON_DEMAND_LIBRARY(SONAME_CRYPT, symbols);
        return on_demand_load(&library, ret_error);
}

struct user {
        char *name; /* heap; the hash behind its NUL */
        const char *hash;
};

struct passwords {
        struct user *users;
        size_t count;
};

bool passwords_equal(const char *a, const char *b, size_t length)
{
        unsigned char difference = 0;
        for (size_t i = 0; i < length; i++)
                difference |= (unsigned char)(a[i] ^ b[i]);
        return difference == 0;
}

void passwords_free(struct passwords *passwords)
{
        if (!passwords)
                return;
        for (size_t i = 0; i < passwords->count; i++)
                free(passwords->users[i].name);
        free(passwords->users);
        free(passwords);
}

static bool is_strong(const char *hash)
{
        static const char *const prefixes[] = {"$y$",  "$gy$", "$7$", "$2a$",
                                               "$2b$", "$2y$", "$6$", "$5$"};
        for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
                if (strncmp(hash, prefixes[i], strlen(prefixes[i])) == 0)
                        return crypt_checksalt(hash) != CRYPT_SALT_INVALID;
        return false;
}

static int add_user(struct passwords *passwords, const char *line)
{
        const char *colon = strchr(line, ':');
        if (!colon || colon == line || !is_strong(colon + 1))
                return -EINVAL;
        void *grown =
                realloc(passwords->users, (passwords->count + 1) * sizeof(passwords->users[0]));
        if (!grown)
                return -ENOMEM;
        passwords->users = grown;
        char *name = strdup(line);
        if (!name)
                return -ENOMEM;
        name[colon - line] = '\0';
        passwords->users[passwords->count++] =
                (struct user){.name = name, .hash = name + (colon - line) + 1};
        return 0;
}

static int read_lines(struct passwords *passwords, FILE *file, size_t *ret_line)
{
        char *line = NULL;
        size_t size = 0;
        int r = 0;

        *ret_line = 0;
        while (r == 0 && getline(&line, &size, file) >= 0) {
                (*ret_line)++;
                line[strcspn(line, "\r\n")] = '\0';
                if (line[0] && line[0] != '#')
                        r = add_user(passwords, line);
        }
        if (r == 0 && ferror(file))
                r = -EIO;
        if (r == 0 && passwords->count == 0) {
                *ret_line = 0;
                r = -EINVAL;
        }
        free(line);
        return r;
}

int passwords_load(struct passwords **ret_passwords, const char *path, size_t *ret_line)
{
        FILE *file = fopen(path, "re");
        if (!file)
                return -errno;
        struct passwords *passwords = calloc(1, sizeof(*passwords));
        int r = passwords ? read_lines(passwords, file, ret_line) : -ENOMEM;
        (void)fclose(file);
        if (r < 0) {
                passwords_free(passwords);
                return r;
        }
        *ret_passwords = passwords;
        return 0;
}

bool passwords_verify(const struct passwords *passwords, const char *credentials)
{
        const char *colon = strchr(credentials, ':');
        size_t length = (size_t)(colon - credentials);
        const struct user *found = NULL;

        for (size_t i = 0; i < passwords->count && !found; i++)
                if (strlen(passwords->users[i].name) == length &&
                    memcmp(passwords->users[i].name, credentials, length) == 0)
                        found = &passwords->users[i];

        /* Too big for a thread's stack. */
        struct crypt_data *data = calloc(1, sizeof(*data));
        if (!data)
                return false;
        const char *expected = (found ? found : &passwords->users[0])->hash;
        const char *got = crypt_r(colon + 1, expected, data);
        bool equal = got && strlen(got) == strlen(expected) &&
                     passwords_equal(got, expected, strlen(got));
        explicit_bzero(data, sizeof(*data));
        free(data);
        return equal && found;
}
