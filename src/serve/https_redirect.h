/* What is said where plain HTTP is spoken only to send clients to HTTPS. */
#pragma once

#include "http/request.h"

struct exchange;

/* 301 to the same host and target by https. */
void https_redirect_answer(struct exchange *exchange, const struct http_request *request);
