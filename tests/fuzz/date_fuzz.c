/* Dates: what is written can be read, and what was read can be written. The first 8
 * bytes are a time, to be written and to be "now"; the rest is a text to be read. */
#include "http/date.h"

#include <string.h>

#include "fuzz.h"

#define YEAR_0000 INT64_C(-62167219200)
#define YEAR_9999_END INT64_C(253402300799)

static void check_round_trip(int64_t seconds, int64_t now)
{
        char text[DATE_LENGTH];
        int64_t back = 0;

        date_write(seconds, text);
        CHECK(date_parse((struct span){text, DATE_LENGTH}, now, &back) == 0);
        if (seconds < YEAR_0000)
                CHECK(back == YEAR_0000);
        else if (seconds > YEAR_9999_END)
                CHECK(back == YEAR_9999_END);
        else
                CHECK(back == seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
        int64_t now, seconds = 0;

        if (size < sizeof(now))
                return 0;
        memcpy(&now, bytes, sizeof(now));
        check_round_trip(now, now);
        struct span text = {(const char *)bytes + sizeof(now), size - sizeof(now)};
        if (date_parse(text, now, &seconds) == 0)
                check_round_trip(seconds, now);
        else
                CHECK(seconds == 0);
        return 0;
}
