/* What a service manager is told: sd_notify(3), over the socket it names in the
 * environment. Does nothing when there is none. */
#pragma once

void notify(const char *state);

/* READY=1, and who the main process is. */
void notify_ready(void);

/* RELOADING=1, with the time that Type=notify-reload wants. */
void notify_reloading(void);

/* How often it wants to hear that we live, in ms: half of its patience, as
 * sd_watchdog_enabled(3) advises; -1: not at all, as poll(2) wants it. */
int notify_watchdog_ms(void);
