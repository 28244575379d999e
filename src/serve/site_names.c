#include "serve/site_names.h"

#include <errno.h>
#include <stdlib.h>

#include "http/target.h"

/* ".example.org" stands for "*.example.org": no host begins with a dot. */
struct site_name {
        struct span text;
        size_t index;
};

static bool has_empty_label(const char *name)
{
        size_t length = strlen(name);
        return length == 0 || name[0] == '.' || name[length - 1] == '.' || strstr(name, "..");
}

int site_names_check(const char *name)
{
        bool wild = strncmp(name, "*.", 2) == 0;
        const char *host = wild ? name + 2 : name;
        bool literal = host[0] == '[' && !wild;

        if (strchr(host, '*') || has_empty_label(host) || !target_authority_valid(span_of(host)))
                return -EINVAL;
        /* A port is the request's affair; only addresses have colons of their own. */
        if (literal ? host[strlen(host) - 1] != ']' : strpbrk(host, ":[]") != NULL)
                return -EINVAL;
        return 0;
}

static int compare(const void *a, const void *b)
{
        const struct span one = ((const struct site_name *)a)->text;
        const struct span other = ((const struct site_name *)b)->text;
        if (one.length != other.length)
                return one.length < other.length ? -1 : 1;
        return strncasecmp(one.data, other.data, one.length);
}

int site_names_add(struct site_names *names, const char *words, size_t index)
{
        while (*words) {
                size_t length = strcspn(words, " ");
                struct site_name *list =
                        realloc(names->list, (names->count + 1) * sizeof(names->list[0]));
                if (!list)
                        return -ENOMEM;
                size_t star = words[0] == '*';
                list[names->count++] = (struct site_name){{words + star, length - star}, index};
                names->list = list;
                words += length + (words[length] == ' ');
        }
        return 0;
}

void site_names_sort(struct site_names *names)
{
        if (names->count > 0)
                qsort(names->list, names->count, sizeof(names->list[0]), compare);
}

void site_names_done(struct site_names *names)
{
        free(names->list);
        *names = (struct site_names){0};
}

static const struct site_name *find(const struct site_names *names, struct span text)
{
        const struct site_name wanted = {.text = text};
        return bsearch(&wanted, names->list, names->count, sizeof(names->list[0]), compare);
}

bool site_names_find(const struct site_names *names, struct span authority, size_t *ret_index)
{
        if (names->count == 0)
                return false;
        struct span host = target_host(authority);
        /* The dot of the DNS's root. */
        if (host.length > 0 && host.data[host.length - 1] == '.')
                host.length--;
        if (host.length == 0 || host.data[0] == '.')
                return false;
        const struct site_name *found = find(names, host);
        /* From the left, so that the longest end is tried first. */
        for (size_t i = 1; !found && i < host.length; i++)
                if (host.data[i] == '.')
                        found = find(names, (struct span){host.data + i, host.length - i});
        if (!found)
                return false;
        *ret_index = found->index;
        return true;
}
