#include "transfer/completions.h"

#include <errno.h>
#include <netinet/in.h>
#include <time.h>
/* Needs <time.h> before it. */
#include <linux/errqueue.h>

#include "transfer/call.h"

static bool in_flight(const struct completions *c, uint32_t number)
{
        return number - c->oldest < c->sent - c->oldest &&
               !c->sends[number % COMPLETIONS_MAX].finished;
}

void completions_sent(struct completions *c, unsigned buffer, uint32_t bytes)
{
        uint32_t at = c->sent++ % COMPLETIONS_MAX;
        c->sends[at].bytes = bytes;
        c->sends[at].buffer = (uint8_t)buffer;
        c->sends[at].finished = false;
        c->pinned[buffer]++;
}

unsigned completions_room(const struct completions *c)
{
        return COMPLETIONS_MAX - (c->sent - c->oldest);
}

bool completions_pinned(const struct completions *c, unsigned buffer)
{
        return c->pinned[buffer] > 0;
}

bool completions_settled(const struct completions *c)
{
        return c->sent == c->oldest;
}

static void finish(struct completions *c, struct account *account, struct completion range)
{
        uint32_t count = range.high - range.low + 1;
        for (uint32_t i = 0; i < count && i < COMPLETIONS_MAX; i++) {
                uint32_t number = range.low - c->base + i;
                if (!in_flight(c, number))
                        continue;
                uint32_t at = number % COMPLETIONS_MAX;
                c->sends[at].finished = true;
                c->pinned[c->sends[at].buffer]--;
                if (range.copied)
                        account_add(account, SLUICE_BYTES_COPIED_BY_KERNEL, c->sends[at].bytes);
        }
        while (c->oldest != c->sent && c->sends[c->oldest % COMPLETIONS_MAX].finished)
                c->oldest++;
}

/* All that were sent have come back: the lowest number is our first. */
static void find_base(struct completions *c, struct account *account)
{
        c->base = c->early[0].low;
        for (unsigned i = 1; i < c->early_count; i++)
                if ((int32_t)(c->early[i].low - c->base) < 0)
                        c->base = c->early[i].low;
        c->base_known = true;
        for (unsigned i = 0; i < c->early_count; i++)
                finish(c, account, c->early[i]);
}

int completions_take(struct completions *c, struct account *account, struct completion completion)
{
        if (c->base_known) {
                finish(c, account, completion);
                return 0;
        }
        uint32_t count = completion.high - completion.low + 1;
        if (c->early_count == COMPLETIONS_MAX || count > c->sent - c->early_sends)
                return -EPROTO;
        c->early[c->early_count++] = completion;
        c->early_sends += count;
        if (c->early_sends == c->sent)
                find_base(c, account);
        return 0;
}

/* NULL when the message is about something else. */
static const struct sock_extended_err *completion_of(struct msghdr *message)
{
        for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
             part = CMSG_NXTHDR(message, part)) {
                bool from_ip = part->cmsg_level == SOL_IP && part->cmsg_type == IP_RECVERR;
                bool from_ipv6 = part->cmsg_level == SOL_IPV6 && part->cmsg_type == IPV6_RECVERR;
                const struct sock_extended_err *error = (const void *)CMSG_DATA(part);
                if ((from_ip || from_ipv6) && error->ee_origin == SO_EE_ORIGIN_ZEROCOPY)
                        return error;
        }
        return NULL;
}

int completions_drain(struct completions *c, struct account *account, int fd)
{
        for (;;) {
                _Alignas(struct cmsghdr) char control[256];
                struct msghdr message = {.msg_control = control, .msg_controllen = sizeof(control)};
                ssize_t n = call_recvmsg(account, fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
                if (n == -EAGAIN)
                        return 0;
                if (n < 0)
                        return (int)n;
                const struct sock_extended_err *error = completion_of(&message);
                if (!error)
                        continue;
                int r = completions_take(
                        c, account,
                        (struct completion){
                                .low = error->ee_info,
                                .high = error->ee_data,
                                .copied = error->ee_code & SO_EE_CODE_ZEROCOPY_COPIED,
                        });
                if (r < 0)
                        return r;
        }
}
