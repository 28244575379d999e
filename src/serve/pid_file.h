/* The file that says which process is to get the signals: the keeper. */
#pragma once

/* path: NULL for none. Complains, and gives -errno. */
int pid_file_write(const char *path) __attribute__((warn_unused_result));

/* Removes it, if it still is this process's. */
void pid_file_remove(const char *path);
