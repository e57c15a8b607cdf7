/* SPDX-License-Identifier: MIT
 * replay FOLDER: a fuzzer without libFuzzer: feeds it every file of its corpus, one TAP line each. */
#include "buf.h"
#include "fuzz_state.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_LIMIT_BYTES = 16 * 1024 * 1024, CHUNK_BYTES = 64 * 1024, PATH_BYTES = 4096 };

static bool read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t got = 1;
    while (got && buf_reserve(out, CHUNK_BYTES)) {
        got = fread(out->data + out->len, 1, CHUNK_BYTES, file);
        out->len += got;
    }
    bool done = got == 0 && !ferror(file);
    (void)fclose(file);
    return done;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fputs("usage: replay FOLDER\n", stderr);
        return 2;
    }
    struct buf input = { .limit = FILE_LIMIT_BYTES };
    int count = 0, failed = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[PATH_BYTES];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        buf_clear(&input);
        bool read = read_file(path, &input);
        if (read) /* what it finds ends the process */
            (void)LLVMFuzzerTestOneInput((const unsigned char *)buf_text(&input),
                                         input.len);
        failed += !read;
        printf("%s %d - %s\n", read ? "ok" : "not ok", ++count, entry->d_name);
        (void)fflush(stdout);
    }
    (void)closedir(folder);
    buf_free(&input);
    printf("1..%d\n", count);
    return failed || !count ? 1 : 0;
}
