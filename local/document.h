/* SPDX-License-Identifier: MIT
 * Error documents: written as Lambda writes them, and read far enough to show them to a person. */
#ifndef LUNAMBDA_LOCAL_DOCUMENT_H
#define LUNAMBDA_LOCAL_DOCUMENT_H

#include "buf.h"

/* Appends {"errorType":…,"errorMessage":…}. The texts must be UTF-8. */
MUST_CHECK bool document_write(struct buf *out, const char *type, const char *message);

/* Appends "Type: message" and a line per frame of stackTrace: what an error document says.
 * A text of any other shape is appended as it stands. */
MUST_CHECK bool document_show(struct buf *out, const char *text, size_t len);

#endif
