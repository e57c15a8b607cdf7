/* SPDX-License-Identifier: MIT */
#include "pack.h"

#include "base64.h"
#include "bundle.h"
#include "compile.h"
#include "fitness.h"
#include "replace.h"
#include "sandbox.h"
#include "sha256.h"
#include "tree.h"
#include "warning.h"
#include "zip.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pack {
    struct pack_options *options;
    struct package package;
    struct buf zip;
    struct buf scratch; /* the bytes of one file */
    size_t unzipped_bytes;
    const char *largest; /* path */
    size_t largest_bytes;
    struct err *err;
};

/* What lambda.http loads, which the layer would bring: as it lies beside bootstrap. The function's own stays. */
static enum verdict add_curl(struct pack *pack, const char *bootstrap)
{
    static const char module[] = "lib/lua/5.4/lambda/curl.so";
    const char *slash = strrchr(bootstrap, '/');
    struct buf path = { .limit = PATH_MAX };
    struct stat found;
    enum verdict verdict = VERDICT_CANNOT;
    if (package_find(&pack->package, module))
        return VERDICT_FINE;
    if (!buf_append(&path, bootstrap, slash ? (size_t)(slash - bootstrap) + 1 : 0) ||
        !buf_puts(&path, module))
        (void)err_set(pack->err, "the path of bootstrap, %s, is too long", bootstrap);
    else if ((stat(path.data, &found) != 0 && errno == ENOENT) ||
             package_add(&pack->package, module, path.data, pack->err))
        verdict = VERDICT_FINE;
    buf_free(&path);
    return verdict;
}

static enum verdict add_bootstrap(struct pack *pack)
{
    struct buf path = { .limit = PATH_MAX };
    const struct buf *bytes = NULL;
    const char *given = pack->options->bootstrap;
    enum verdict verdict = VERDICT_CANNOT;
    if (package_find(&pack->package, "bootstrap"))
        return UNFIT(pack->err, "the folder has a bootstrap of its own; pack without "
                                "--single, or leave it out with --exclude bootstrap");
    if (given ? buf_puts(&path, given) : sandbox_find(&path, pack->err)) {
        struct package_entry *entry =
            package_add(&pack->package, "bootstrap", path.data, pack->err);
        if (entry) {
            entry->is_executable = true;
            verdict = package_bytes(entry, &pack->scratch, &bytes, pack->err);
        }
        if (!verdict)
            verdict = fitness_check_bootstrap(path.data, bytes, pack->options->machine,
                                              pack->err);
        package_sort(&pack->package);
        if (!verdict)
            verdict = add_curl(pack, path.data);
    } else if (given) {
        (void)err_set(pack->err, "the path of --bootstrap is too long");
    }
    buf_free(&path);
    package_sort(&pack->package);
    return verdict;
}

static void hash(const struct buf *bytes, unsigned char *digest)
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, buf_text(bytes), bytes->len);
    sha256_final(&sha, digest);
}

static void print_line(const struct package_entry *entry, const struct buf *bytes)
{
    unsigned char digest[SHA256_SIZE];
    hash(bytes, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)printf("%02x", digest[i]);
    (void)printf("  %9zu  %s%s\n", bytes->len, entry->path, entry->is_folder ? "/" : "");
}

static enum verdict count_bytes(struct pack *pack, const struct package_entry *entry,
                                size_t len)
{
    if (len >= pack->largest_bytes) {
        pack->largest = entry->path;
        pack->largest_bytes = len;
    }
    pack->unzipped_bytes += len;
    if (pack->unzipped_bytes <= PACKAGE_UNZIPPED_LIMIT_BYTES)
        return VERDICT_FINE;
    return UNFIT(
        pack->err,
        "unzipped, the files have more than %d bytes (250 MB), which is all that "
        "Lambda takes, layers included; the largest is %s with %zu",
        PACKAGE_UNZIPPED_LIMIT_BYTES, pack->largest, pack->largest_bytes);
}

static enum verdict zip_entry(struct pack *pack, struct zip *zip,
                              const struct package_entry *entry)
{
    const struct buf *bytes = NULL;
    enum verdict verdict = package_bytes(entry, &pack->scratch, &bytes, pack->err);
    if (!verdict)
        verdict = count_bytes(pack, entry, bytes->len);
    if (!verdict)
        verdict = fitness_check(&pack->package, entry->path, bytes,
                                pack->options->machine, pack->err);
    if (!verdict && strcmp(entry->path, "bootstrap") == 0 && !entry->is_executable)
        warning_print("bootstrap is not executable: Lambda could not start it; chmod +x");
    if (!verdict && !zip_add(zip, entry->path, entry->is_executable,
                             entry->is_folder ? NULL : bytes, pack->err))
        verdict = VERDICT_CANNOT;
    if (!verdict && pack->options->noop)
        print_line(entry, bytes);
    return verdict;
}

static enum verdict make_zip(struct pack *pack)
{
    struct zip *zip = zip_open(&pack->zip, pack->err);
    if (!zip)
        return VERDICT_CANNOT;
    enum verdict verdict = VERDICT_FINE;
    for (size_t i = 0; !verdict && i < pack->package.count; i++)
        verdict = zip_entry(pack, zip, &pack->package.entries[i]);
    if (!verdict && !zip_end(zip, pack->err))
        verdict = VERDICT_CANNOT;
    zip_close(zip);
    return verdict;
}

static enum verdict check_size(const struct pack *pack)
{
    if (pack->zip.len > PACK_UPLOAD_LIMIT_BYTES && !pack->options->by_s3)
        return UNFIT(
            pack->err,
            "the zip has %zu bytes, and an upload takes at most %d (50 MB); send it "
            "by way of S3 and pack with --s3. The largest file is %s with %zu",
            pack->zip.len, PACK_UPLOAD_LIMIT_BYTES, pack->largest, pack->largest_bytes);
    if (pack->zip.len > PACK_EDITOR_LIMIT_BYTES)
        warning_print(
            "the zip has %zu bytes: the console's editor opens at most %d (3 MB). "
            "The largest file is %s with %zu",
            pack->zip.len, PACK_EDITOR_LIMIT_BYTES, pack->largest, pack->largest_bytes);
    return VERDICT_FINE;
}

/* What Lambda shows as CodeSha256: one can tell whether what runs there is this. */
static void print_summary(const struct pack *pack)
{
    unsigned char digest[SHA256_SIZE];
    struct buf code = { .limit = 2UL * SHA256_SIZE };
    hash(&pack->zip, digest);
    if (base64_encode(&code, (const char *)digest, sizeof digest))
        (void)fprintf(stderr, "%s%s: %zu %s, %zu bytes; zipped %zu, CodeSha256 %s\n",
                      pack->options->noop ? "not written, " : "", pack->options->output,
                      pack->package.count, pack->package.count == 1 ? "file" : "files",
                      pack->unzipped_bytes, pack->zip.len, code.data);
    buf_free(&code);
}

/* A slip of the keyboard must not cost a source file, nor root a device. */
static enum verdict check_output(const char *path, struct err *err)
{
    char start[2];
    struct stat found;
    if (stat(path, &found) != 0)
        return VERDICT_FINE;
    if (!S_ISREG(found.st_mode))
        return CANNOT(err, "-o %s is there already, and is not a file", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return CANNOT(err, "cannot read %s: %s", path, strerror(errno));
    ssize_t len = read(fd, start, sizeof start);
    (void)close(fd);
    if (len == 0 || (len == (ssize_t)sizeof start && memcmp(start, "PK", 2) == 0))
        return VERDICT_FINE;
    return CANNOT(err,
                  "-o %s is there already, and is not a zip: remove it, or choose "
                  "another name",
                  path);
}

static enum verdict fill(struct pack *pack)
{
    struct pack_options *options = pack->options;
    const char *option = NULL, *unused = NULL;
    enum verdict verdict = tree_read(&pack->package, options->folder, &options->filter,
                                     options->output, pack->err);
    if (!verdict)
        unused = filter_unused(&options->filter, &option);
    if (unused)
        warning_print("%s '%s' matches nothing", option, unused);
    if (!verdict && options->bundle)
        verdict =
            bundle_make(&pack->package, options->handler, options->bytecode, pack->err);
    if (!verdict && options->bytecode)
        verdict = compile_package(&pack->package, pack->err);
    if (!verdict && options->single)
        verdict = add_bootstrap(pack);
    return verdict;
}

enum verdict pack_run(struct pack_options *options, struct err *err)
{
    struct pack pack = { .options = options,
                         .err = err,
                         .zip = { .limit = 2UL * PACKAGE_UNZIPPED_LIMIT_BYTES },
                         .scratch = { .limit = PACKAGE_UNZIPPED_LIMIT_BYTES } };
    /* Names are UTF-8 whatever the user's locale; where there is no C.UTF-8 only ASCII is taken. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    enum verdict verdict =
        options->noop ? VERDICT_FINE : check_output(options->output, err);
    if (!verdict)
        verdict = fill(&pack);
    if (!verdict)
        verdict = make_zip(&pack);
    if (!verdict)
        verdict = check_size(&pack);
    if (!verdict && !options->noop && !replace_file(options->output, &pack.zip, err))
        verdict = VERDICT_CANNOT;
    if (!verdict)
        print_summary(&pack);
    warning_tame(err->text);
    package_free(&pack.package);
    buf_free(&pack.zip);
    buf_free(&pack.scratch);
    return verdict;
}
