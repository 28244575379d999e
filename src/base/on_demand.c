#include "base/on_demand.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static bool load(struct on_demand *library)
{
        void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
        if (!handle)
                return false;
        for (size_t i = 0; i < library->count; i++) {
                *library->symbols[i].address = dlsym(handle, library->symbols[i].name);
                if (!*library->symbols[i].address)
                        return false;
        }
        return true;
}

int on_demand_load(struct on_demand *library, const char **ret_error)
{
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

        (void)pthread_mutex_lock(&lock);
        if (!library->tried) {
                library->tried = true;
                if (!load(library))
                        (void)snprintf(library->error, sizeof(library->error), "%s", dlerror());
        }
        (void)pthread_mutex_unlock(&lock);
        if (!library->error[0])
                return 0;
        *ret_error = library->error;
        return -ELIBACC;
}
