/* SPDX-License-Identifier: MIT */
#include "zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

struct zip {
    struct archive *archive;
    struct archive_entry *entry;
    struct buf *out;
};

static bool fail(struct zip *zip, struct err *err)
{
    const char *why = zip->out->full      ? "it becomes too large"
                      : zip->out->starved ? "out of memory"
                                          : archive_error_string(zip->archive);
    return err_set(err, "cannot make the zip: %s", why ? why : "out of memory");
}

static la_ssize_t append(struct archive *archive, void *data, const void *bytes,
                         size_t len)
{
    struct zip *zip = data;
    if (buf_append(zip->out, bytes, len))
        return (la_ssize_t)len;
    archive_set_error(archive, ENOMEM, "no room");
    return -1;
}

struct zip *zip_open(struct buf *out, struct err *err)
{
    struct zip *zip = calloc(1, sizeof *zip);
    if (!zip) {
        (void)err_set(err, "cannot make the zip: out of memory");
        return NULL;
    }
    zip->out = out;
    zip->archive = archive_write_new();
    zip->entry = archive_entry_new();
    if (zip->archive && zip->entry &&
        archive_write_set_format_zip(zip->archive) == ARCHIVE_OK &&
        archive_write_set_options(zip->archive,
                                  "zip:compression=deflate,zip:compression-level=9") ==
            ARCHIVE_OK &&
        archive_write_set_bytes_per_block(zip->archive, 0) == ARCHIVE_OK &&
        archive_write_open(zip->archive, zip, NULL, append, NULL) == ARCHIVE_OK)
        return zip;
    (void)err_set(err, "cannot make the zip: %s",
                  zip->archive && archive_error_string(zip->archive)
                      ? archive_error_string(zip->archive)
                      : "out of memory");
    zip_close(zip);
    return NULL;
}

/* No time is set: libarchive would write one in the zone of this machine, and writes 1980-01-01 for none. The owner
 * is 0 where none is set. */
bool zip_add(struct zip *zip, const char *path, bool is_executable,
             const struct buf *bytes, struct err *err)
{
    archive_entry_clear(zip->entry);
    archive_entry_set_pathname(zip->entry, path);
    archive_entry_set_filetype(zip->entry, bytes ? AE_IFREG : AE_IFDIR);
    archive_entry_set_perm(zip->entry, !bytes || is_executable ? 0755 : 0644);
    archive_entry_set_size(zip->entry, bytes ? (la_int64_t)bytes->len : 0);
    if (archive_write_header(zip->archive, zip->entry) != ARCHIVE_OK)
        return fail(zip, err);
    if (bytes && bytes->len > 0 &&
        archive_write_data(zip->archive, bytes->data, bytes->len) !=
            (la_ssize_t)bytes->len)
        return fail(zip, err);
    return archive_write_finish_entry(zip->archive) == ARCHIVE_OK || fail(zip, err);
}

bool zip_end(struct zip *zip, struct err *err)
{
    return archive_write_close(zip->archive) == ARCHIVE_OK || fail(zip, err);
}

/* Of a zip that failed this writes an end too, which nobody reads: archive_write_fail would leak. */
void zip_close(struct zip *zip)
{
    (void)archive_write_free(zip->archive);
    archive_entry_free(zip->entry);
    free(zip);
}
