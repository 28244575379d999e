/* The process that was started, and stays: it holds the listening sockets, keeps
 * its privileges, and never reads a byte of a client's. The serving process
 * (serve/server.h) is its child.
 *
 *     SIGINT, SIGTERM   finish what is in flight, end; a second one: at once
 *     SIGHUP            execute the same program anew, with the same command line
 *     SIGUSR2           execute whatever program now is where this one was
 *     SIGUSR1           open the logs anew
 *
 * A new program is asked to --check its configuration first. It starts a serving
 * process; when that is ready the old one is told to finish without haste. The
 * sockets stay open all the time, so that no connection is lost.
 *
 * A serving process that dies is replaced, but not for ever (serve/restarts.h). */
#pragma once
