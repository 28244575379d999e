#include "lab/results_fields.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "lab/results.h"

/* Numbers have the range that the options have: what is read may be measured again. */
#define RANGED(structure, member, json_name, what, least, most)                 \
        {                                                                       \
                json_name, what, offsetof(struct structure, member),            \
                        sizeof(((struct structure *)NULL)->member), least, most \
        }
#define FIELD(structure, member, json_name, what) RANGED(structure, member, json_name, what, 0, 0)

const struct field fields_run[] = {
        FIELD(lab_results, mode, "mode", FIELD_TEXT),
        FIELD(lab_results, seed, "seed", FIELD_U64),
        RANGED(lab_results, runs_wanted, "runs_wanted", FIELD_U32, 0, LAB_RUNS_MAX),
        FIELD(lab_results, case_ns, "case_seconds", FIELD_SECONDS),
        FIELD(lab_results, interrupted, "interrupted", FIELD_FLAG),
        {0},
};

const struct field fields_environment[] = {
        FIELD(lab_environment, version, "version", FIELD_TEXT),
        FIELD(lab_environment, started, "started", FIELD_TEXT),
        FIELD(lab_environment, kernel, "kernel", FIELD_TEXT),
        FIELD(lab_environment, processor, "processor", FIELD_TEXT),
        FIELD(lab_environment, file_system, "file_system", FIELD_TEXT),
        FIELD(lab_environment, folder, "folder", FIELD_TEXT),
        FIELD(lab_environment, congestion, "congestion_control", FIELD_TEXT),
        FIELD(lab_environment, mitigations, "mitigations", FIELD_TEXT),
        FIELD(lab_environment, count_check, "count_check", FIELD_TEXT),
        FIELD(lab_environment, to, "to", FIELD_TEXT),
        FIELD(lab_environment, cores, "cores", FIELD_U32),
        FIELD(lab_environment, sender_core, "sender_core", FIELD_I32),
        FIELD(lab_environment, receiver_core, "receiver_core", FIELD_I32),
        FIELD(lab_environment, memory_bytes, "memory_bytes", FIELD_U64),
        FIELD(lab_environment, page_bytes, "page_bytes", FIELD_U64),
        {0},
};

const struct field fields_setting[] = {
        FIELD(lab_setting, method, "method", FIELD_TEXT),
        FIELD(lab_setting, tls, "tls", FIELD_TLS),
        RANGED(lab_setting, buffer_bytes, "buffer_bytes", FIELD_U64, 0, LAB_BUFFER_MAX),
        RANGED(lab_setting, size_bytes, "size_bytes", FIELD_U64, 1, LAB_SIZE_MAX),
        FIELD(lab_setting, cache, "cache", FIELD_CACHE),
        RANGED(lab_setting, connections, "connections", FIELD_U32, 1, LAB_CONNECTIONS_MAX),
        FIELD(lab_setting, receiver, "receiver", FIELD_RECEIVER),
        FIELD(lab_setting, path, "path", FIELD_PATH),
        {0},
};

const struct field fields_case[] = {
        FIELD(lab_case, note, "note", FIELD_TEXT),
        {0},
};

const struct field fields_skipped[] = {
        FIELD(lab_skipped, reason, "reason", FIELD_TEXT),
        {0},
};

const struct field fields_sample[] = {
        FIELD(lab_sample, order, "order", FIELD_U32),
        FIELD(lab_sample, transfers, "transfers", FIELD_U32),
        FIELD(lab_sample, wall_ns, "wall_seconds", FIELD_SECONDS),
        FIELD(lab_sample, first_byte_ns, "first_byte_seconds", FIELD_SECONDS),
        FIELD(lab_sample, cpu_user_ns, "cpu_user_seconds", FIELD_SECONDS),
        FIELD(lab_sample, cpu_system_ns, "cpu_system_seconds", FIELD_SECONDS),
        FIELD(lab_sample, switches_voluntary, "switches_voluntary", FIELD_U64),
        FIELD(lab_sample, switches_involuntary, "switches_involuntary", FIELD_U64),
        FIELD(lab_sample, faults_minor, "faults_minor", FIELD_U64),
        FIELD(lab_sample, faults_major, "faults_major", FIELD_U64),
        FIELD(lab_sample, disk_bytes, "disk_bytes", FIELD_U64),
        FIELD(lab_sample, cache_growth_bytes, "cache_growth_bytes", FIELD_U64),
        FIELD(lab_sample, peak_memory_bytes, "peak_memory_bytes", FIELD_U64),
        {0},
};

static const void *at(const struct field *field, const void *structure)
{
        return (const char *)structure + field->offset;
}

/* A folder's name need not be UTF-8, and JSON must. */
static json_t *text_value(const char *text)
{
        json_t *value = json_string(text);
        return value ? value : json_string("(not UTF-8)");
}

static json_t *value_of(const struct field *field, const void *structure)
{
        const void *member = at(field, structure);
        switch (field->kind) {
        case FIELD_TEXT:
                return text_value(member);
        case FIELD_U64:
                return json_integer((json_int_t) * (const uint64_t *)member);
        case FIELD_U32:
                return json_integer(*(const uint32_t *)member);
        case FIELD_I32:
                return json_integer(*(const int32_t *)member);
        case FIELD_SECONDS:
                return json_real((double)*(const uint64_t *)member / (double)NS_PER_S);
        case FIELD_FLAG:
                return json_boolean(*(const bool *)member);
        case FIELD_CACHE:
                return json_string(lab_cache_name(*(const enum lab_cache *)member));
        case FIELD_RECEIVER:
                return json_string(lab_receiver_name(*(const enum lab_receiver *)member));
        case FIELD_PATH:
                return json_string(lab_path_name(*(const enum lab_path *)member));
        case FIELD_TLS:
                return json_string(lab_tls_name(*(const enum lab_tls *)member));
        }
        return NULL;
}

int fields_write(const struct field *fields, const void *structure, json_t *object)
{
        for (; fields->name; fields++)
                if (json_object_set_new(object, fields->name, value_of(fields, structure)) < 0)
                        return -ENOMEM;
        return 0;
}

void fields_make_printable(char *text)
{
        for (unsigned char *at = (unsigned char *)text; *at; at++) {
                /* C1 in UTF-8 as well, of which "\xc2\x9b" begins a sequence. */
                bool is_c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
                if (is_c1)
                        *at++ = '?';
                if (is_c1 || *at < ' ' || *at == 0x7f)
                        *at = '?';
        }
}

static int read_text(const json_t *value, char *member, size_t size)
{
        const char *text = json_string_value(value);
        if (!text || strlen(text) >= size)
                return -EBADMSG;
        (void)snprintf(member, size, "%s", text);
        fields_make_printable(member);
        return 0;
}

static int read_integer(const struct field *field, const json_t *value, void *member)
{
        json_int_t number = json_integer_value(value);
        if (!json_is_integer(value))
                return -EBADMSG;
        if (field->kind == FIELD_I32) {
                if (number < INT32_MIN || number > INT32_MAX)
                        return -EBADMSG;
                *(int32_t *)member = (int32_t)number;
                return 0;
        }
        if (number < 0 || (field->kind == FIELD_U32 && number > UINT32_MAX))
                return -EBADMSG;
        if (field->maximum > 0 &&
            ((uint64_t)number < field->minimum || (uint64_t)number > field->maximum))
                return -EBADMSG;
        if (field->kind == FIELD_U32)
                *(uint32_t *)member = (uint32_t)number;
        else
                *(uint64_t *)member = (uint64_t)number;
        return 0;
}

static int read_seconds(const json_t *value, uint64_t *member)
{
        double seconds = json_number_value(value);
        /* A year: far below what does not fit. */
        if (!json_is_number(value) || !(seconds >= 0 && seconds < 366.0 * 86400))
                return -EBADMSG;
        *member = (uint64_t)(seconds * (double)NS_PER_S + 0.5);
        return 0;
}

static int read_value(const struct field *field, const json_t *value, void *member)
{
        const char *name = json_string_value(value);
        switch (field->kind) {
        case FIELD_TEXT:
                return read_text(value, member, field->size);
        case FIELD_U64:
        case FIELD_U32:
        case FIELD_I32:
                return read_integer(field, value, member);
        case FIELD_SECONDS:
                return read_seconds(value, member);
        case FIELD_FLAG:
                if (json_is_boolean(value))
                        *(bool *)member = json_is_true(value);
                return !value || json_is_boolean(value) ? 0 : -EBADMSG;
        case FIELD_CACHE:
                return name ? lab_cache_find(name, member) : -EBADMSG;
        case FIELD_RECEIVER:
                return name ? lab_receiver_find(name, member) : -EBADMSG;
        case FIELD_PATH:
                return name ? lab_path_find(name, member) : -EBADMSG;
        case FIELD_TLS:
                return !value ? 0 : name ? lab_tls_find(name, member) : -EBADMSG;
        }
        return -EBADMSG;
}

int fields_read(const struct field *fields, void *structure, const json_t *object,
                const char **ret_name)
{
        for (; fields->name; fields++) {
                const json_t *value = json_object_get(object, fields->name);
                bool needed = fields->kind != FIELD_TLS && fields->kind != FIELD_FLAG;
                if ((!value && needed) ||
                    read_value(fields, value, (char *)structure + fields->offset) < 0) {
                        *ret_name = fields->name;
                        return -EBADMSG;
                }
        }
        return 0;
}
