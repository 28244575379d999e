/* A transfer under way: transfer.c moves it, transfer_report.c tells of it. */
#pragma once

#include "transfer/method.h"
#include "transfer/residency.h"

struct fallback {
        const struct sluice_method *method;
        const char *reason;
};

struct sluice_transfer {
        struct method_view view;
        sluice_sink sink; /* view.sink, where there is one */
        const struct sluice_method *method;
        const char *reason; /* for the method in use */
        uint64_t length; /* promised */
        unsigned flags;
        bool mode_known; /* the next is */
        bool blocking; /* the socket */
        bool opened; /* the method's open has been called */
        bool unfit; /* the method is: so sluice_prepare() has found */
        enum sluice_step last;
        struct residency residency;

        bool probed;
        struct sluice_facts facts; /* valid when probed */
        bool given_up[METHOD_COUNT];
        size_t fallback_count;
        struct fallback fallbacks[METHOD_COUNT];
};

/* Whether it sends what sluice_prepare() reads. */
static inline bool transfer_prepares(const struct sluice_transfer *t)
{
        return t->view.prepares && t->method->prepare && !(t->view.sink && t->method->no_sink) &&
               !(t->view.pushes && t->method->keeps_socket);
}
