#include "http/date.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#define DAY_S 86400
#define YEAR_0000 INT64_C(-62167219200)
#define YEAR_9999_END INT64_C(253402300799)

static const char day_names[7][10] = {
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct civil {
        int64_t year;
        unsigned month, day; /* 1-12, 1-31 */
};

/* The two conversions count in years that begin on 1 March, so that the leap day is
 * the last, and in eras of 400 years, which all have 146097 days. */
static int64_t days_from_civil(struct civil date)
{
        int64_t year = date.month <= 2 ? date.year - 1 : date.year;
        int64_t era = (year >= 0 ? year : year - 399) / 400;
        int64_t year_of_era = year - era * 400;
        int64_t month = (date.month + 9) % 12; /* March is 0 */
        int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
        int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_days(int64_t days)
{
        days += 719468; /* since 1 March of the year 0 */
        int64_t era = (days >= 0 ? days : days - 146096) / 146097;
        int64_t day_of_era = days - era * 146097;
        int64_t year_of_era =
                (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        int64_t day_of_year =
                day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        int64_t month = (5 * day_of_year + 2) / 153; /* March is 0 */
        return (struct civil){
                .year = era * 400 + year_of_era + (month >= 10),
                .month = (unsigned)(month < 10 ? month + 3 : month - 9),
                .day = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1),
        };
}

static void write_digits(char *out, unsigned value, size_t digits)
{
        for (size_t i = digits; i > 0; i--) {
                out[i - 1] = (char)('0' + value % 10);
                value /= 10;
        }
}

void date_write(int64_t seconds, char out[static DATE_LENGTH])
{
        if (seconds < YEAR_0000)
                seconds = YEAR_0000;
        if (seconds > YEAR_9999_END)
                seconds = YEAR_9999_END;

        int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
        unsigned time = (unsigned)(seconds - days * DAY_S);
        struct civil date = civil_from_days(days);
        size_t weekday = (size_t)(((days + 4) % 7 + 7) % 7); /* the epoch was a Thursday */

        memcpy(out, "Sun, 06 Nov 1994 08:49:37 GMT", DATE_LENGTH);
        memcpy(out, day_names[weekday], 3);
        write_digits(out + 5, date.day, 2);
        memcpy(out + 8, month_names + (size_t)(date.month - 1) * 3, 3);
        write_digits(out + 12, (unsigned)date.year, 4);
        write_digits(out + 17, time / 3600, 2);
        write_digits(out + 20, time / 60 % 60, 2);
        write_digits(out + 23, time % 60, 2);
}

/* What was read so far; failed is latched, so that a format reads as a list of what
 * it consists of. */
struct reader {
        const char *at, *end;
        bool failed;
};

static void read_text(struct reader *reader, const char *text)
{
        size_t length = strlen(text);
        if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, text, length) != 0) {
                reader->failed = true;
                return;
        }
        reader->at += length;
}

static unsigned read_digits(struct reader *reader, size_t digits)
{
        unsigned value = 0;
        if ((size_t)(reader->end - reader->at) < digits) {
                reader->failed = true;
                return 0;
        }
        for (size_t i = 0; i < digits; i++, reader->at++) {
                unsigned digit = (unsigned)(unsigned char)*reader->at - '0';
                reader->failed |= digit > 9;
                value = value * 10 + digit;
        }
        return value;
}

/* 1-12. */
static unsigned read_month(struct reader *reader)
{
        if (reader->end - reader->at >= 3)
                for (unsigned month = 0; month < 12; month++)
                        if (memcmp(reader->at, month_names + (size_t)month * 3, 3) == 0) {
                                reader->at += 3;
                                return month + 1;
                        }
        reader->failed = true;
        return 0;
}

/* hh:mm:ss, in seconds; 60 is the leap second's. */
static unsigned read_time(struct reader *reader)
{
        unsigned hour = read_digits(reader, 2);
        read_text(reader, ":");
        unsigned minute = read_digits(reader, 2);
        read_text(reader, ":");
        unsigned second = read_digits(reader, 2);
        reader->failed |= hour > 23 || minute > 59 || second > 60;
        return hour * 3600 + minute * 60 + second;
}

/* The name of a day: RFC 850's long ones, or else the three letters. */
static void read_day_name(struct reader *reader, bool *ret_is_long)
{
        size_t left = (size_t)(reader->end - reader->at);

        for (size_t i = 0; i < 7; i++) {
                size_t length = strlen(day_names[i]);
                if (left < 3 || memcmp(reader->at, day_names[i], 3) != 0)
                        continue;
                *ret_is_long = left >= length && memcmp(reader->at, day_names[i], length) == 0;
                reader->at += *ret_is_long ? length : 3;
                return;
        }
        reader->failed = true;
}

static bool is_valid_day(struct civil date)
{
        static const unsigned char month_days[12] = {31, 29, 31, 30, 31, 30,
                                                     31, 31, 30, 31, 30, 31};
        bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);

        if (date.month == 2 && date.day == 29)
                return leap;
        if (date.month < 1 || date.month > 12)
                return false;
        return date.day >= 1 && date.day <= month_days[date.month - 1];
}

/* RFC 9110 5.6.7: the most recent year in the past with these digits, when this
 * century's would be more than 50 years ahead. */
static int64_t full_year(unsigned two_digits, int64_t now)
{
        int64_t this_year = civil_from_days(now / DAY_S).year;
        int64_t year = this_year - this_year % 100 + two_digits;
        if (year > this_year + 50)
                year -= 100;
        return year;
}

static struct civil read_rfc850_date(struct reader *reader, int64_t now)
{
        struct civil date = {0};
        read_text(reader, ", ");
        date.day = read_digits(reader, 2);
        read_text(reader, "-");
        date.month = read_month(reader);
        read_text(reader, "-");
        date.year = full_year(read_digits(reader, 2), now);
        return date;
}

static struct civil read_imf_date(struct reader *reader)
{
        struct civil date = {0};
        read_text(reader, ", ");
        date.day = read_digits(reader, 2);
        read_text(reader, " ");
        date.month = read_month(reader);
        read_text(reader, " ");
        date.year = read_digits(reader, 4);
        return date;
}

/* asctime(3)'s: the day is padded with a space. */
static struct civil read_asctime_date(struct reader *reader)
{
        struct civil date = {0};
        read_text(reader, " ");
        date.month = read_month(reader);
        read_text(reader, " ");
        bool padded = reader->at < reader->end && *reader->at == ' ';
        if (padded)
                reader->at++;
        date.day = read_digits(reader, padded ? 1 : 2);
        return date;
}

int date_parse(struct span text, int64_t now, int64_t *ret_seconds)
{
        struct reader reader = {.at = text.data, .end = text.data + text.length};
        struct civil date;
        unsigned time;
        bool is_long = false;

        read_day_name(&reader, &is_long);
        if (reader.failed || reader.at == reader.end)
                return -EINVAL;
        bool is_asctime = *reader.at == ' ' && !is_long;

        if (is_asctime)
                date = read_asctime_date(&reader);
        else
                date = is_long ? read_rfc850_date(&reader, now) : read_imf_date(&reader);
        read_text(&reader, " ");
        time = read_time(&reader);
        read_text(&reader, is_asctime ? " " : " GMT");
        if (is_asctime)
                date.year = read_digits(&reader, 4);

        if (reader.failed || reader.at != reader.end || !is_valid_day(date))
                return -EINVAL;
        *ret_seconds = days_from_civil(date) * DAY_S + time;
        return 0;
}
