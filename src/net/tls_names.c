#include "net/tls_names.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MAX 255 /* RFC 1035 2.3.4 */

struct tls_name {
        char *text; /* in lower case; heap */
        size_t rank;
};

static int compare(const void *a, const void *b)
{
        const struct tls_name *one = a, *other = b;
        int order = strcmp(one->text, other->text);
        return order ? order : (one->rank > other->rank) - (one->rank < other->rank);
}

static void copy_lower(char *target, const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                target[i] = (char)tolower((unsigned char)text[i]);
        target[length] = '\0';
}

/* One that is too long, or has a NUL, is no host's. */
static int add(struct tls_names *names, const ASN1_STRING *string, size_t rank)
{
        const char *text = (const char *)ASN1_STRING_get0_data(string);
        size_t length = (size_t)ASN1_STRING_length(string);

        if (length == 0 || length > HOST_MAX || memchr(text, '\0', length))
                return 0;
        struct tls_name *each = realloc(names->each, (names->count + 1) * sizeof(each[0]));
        if (!each)
                return -ENOMEM;
        names->each = each;
        each[names->count].text = malloc(length + 1);
        if (!each[names->count].text)
                return -ENOMEM;
        copy_lower(each[names->count].text, text, length);
        each[names->count++].rank = rank;
        return 0;
}

static int add_subject(struct tls_names *names, const X509 *certificate, size_t rank)
{
        const X509_NAME *subject = X509_get_subject_name(certificate);
        int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
        if (place < 0)
                return 0;
        return add(names, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)), rank);
}

int tls_names_add(struct tls_names *names, X509 *certificate, size_t rank)
{
        GENERAL_NAMES *all = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
        bool has_names = false;
        int r = 0;

        for (int i = 0; i < sk_GENERAL_NAME_num(all) && r == 0; i++) {
                const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
                if (name->type != GEN_DNS)
                        continue;
                has_names = true;
                r = add(names, name->d.dNSName, rank);
        }
        GENERAL_NAMES_free(all);
        return r < 0 || has_names ? r : add_subject(names, certificate, rank);
}

void tls_names_sort(struct tls_names *names)
{
        if (names->count > 0)
                qsort(names->each, names->count, sizeof(names->each[0]), compare);
}

void tls_names_done(struct tls_names *names)
{
        for (size_t i = 0; i < names->count; i++)
                free(names->each[i].text);
        free(names->each);
        *names = (struct tls_names){0};
}

/* The first of that text, which has the least rank. */
static bool look_up(const struct tls_names *names, const char *text, size_t *ret_rank)
{
        size_t low = 0, high = names->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (strcmp(names->each[middle].text, text) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        if (low == names->count || strcmp(names->each[low].text, text) != 0)
                return false;
        *ret_rank = names->each[low].rank;
        return true;
}

bool tls_names_find(const struct tls_names *names, const char *host, size_t *ret_rank)
{
        char text[HOST_MAX + 1];
        size_t length = strlen(host), rank;

        if (length > HOST_MAX)
                return false;
        copy_lower(text, host, length);
        bool found = look_up(names, text, ret_rank);
        /* Its first label makes room for the star: it has one character at least. */
        size_t label = strcspn(text, ".");
        if (label == 0 || text[label] == '\0')
                return found;
        text[label - 1] = '*';
        if (look_up(names, text + label - 1, &rank) && (!found || rank < *ret_rank)) {
                *ret_rank = rank;
                found = true;
        }
        return found;
}
