/* SPDX-License-Identifier: MIT
 * Answers each line of its standard input, a JSON text, with a line of its own. Nothing here knows of Lambda. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    long calls = 0;
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        printf("{\"calls\":%ld,\"data\":%s}\n", ++calls, line);
        if (fflush(stdout)) /* or the answer stays here, and its reader waits */
            break;
    }
    free(line);
    return 0;
}
