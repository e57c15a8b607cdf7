/* SPDX-License-Identifier: MIT
 * Random names in the forms that Lambda gives them. */
#ifndef LUNAMBDA_LOCAL_IDENTITY_H
#define LUNAMBDA_LOCAL_IDENTITY_H

enum {
    IDENTITY_UUID_SIZE = 36 + 1,
    IDENTITY_TRACE_SIZE = 80,
    IDENTITY_STREAM_SIZE = 64,
};

/* "8f5c…-4…": a random uuid (version 4). */
void identity_uuid(char uuid[IDENTITY_UUID_SIZE]);

/* "Root=1-…;Parent=…;Sampled=0": an X-Ray trace id that nobody samples. */
void identity_trace(char trace[IDENTITY_TRACE_SIZE]);

/* "2026/11/20/[$LATEST]…": a log stream's name. */
void identity_stream(char stream[IDENTITY_STREAM_SIZE]);

#endif
