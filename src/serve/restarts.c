#include "serve/restarts.h"

#include "base/clock.h"

bool restarts_allow(struct restarts *restarts, uint64_t now_ns)
{
        uint64_t *oldest = &restarts->at_ns[restarts->next];

        if (*oldest != 0 && now_ns - *oldest < RESTARTS_S * NS_PER_S)
                return false;
        *oldest = now_ns;
        restarts->next = (restarts->next + 1) % RESTARTS_MAX;
        return true;
}
