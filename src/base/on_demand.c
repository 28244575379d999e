#include "base/on_demand.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

static int load(struct on_demand *library)
{
        void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
        if (!handle)
                return -ELIBACC;
        for (size_t i = 0; i < library->count; i++) {
                *library->symbols[i].address = dlsym(handle, library->symbols[i].name);
                if (!*library->symbols[i].address)
                        return -ELIBACC;
        }
        library->loaded = true;
        return 0;
}

int on_demand_load(struct on_demand *library, const char **ret_error)
{
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

        (void)pthread_mutex_lock(&lock);
        int r = library->loaded ? 0 : load(library);
        *ret_error = r < 0 ? dlerror() : NULL;
        (void)pthread_mutex_unlock(&lock);
        return r;
}
