/* How a body went out, in a word: "memory" or a method, and who encrypted it. */
#pragma once

struct stream;

/* What way is called on that stream: "sendfile+ktls", "memory+tls". Static. */
const char *way_on(const char *way, const struct stream *stream);
