/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping a checked file: dlopen through /proc/self/fd/N, so that what was checked is what is
 * loaded and a file replaced on disk is really a new one. glibc knows images by name before it
 * looks at the file, so a descriptor number once used stays taken: images and their descriptors
 * are kept for ever and a number that comes up again (somebody closed ours) is passed over.
 * Nothing is ever unloaded. [main]. A constructor of the file that crashes takes the process
 * with it: nothing inside a process can contain that, which is what helper processes are for. */
#include "drivers/image.h"

#include "drivers/row.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

typedef struct Image {
    uint64_t dev, ino, size, mtime_ns;
    int fd;
    void *handle;
} Image;

static GPtrArray *images; /* Image *, never freed */

static const Image *image_of_file(const PbayDriver *row)
{
    for (guint i = 0; images != NULL && i < images->len; i++) {
        const Image *image = g_ptr_array_index(images, i);
        if (image->dev == row->dev && image->ino == row->ino)
            return image;
    }
    return NULL;
}

static bool number_is_taken(int fd)
{
    for (guint i = 0; images != NULL && i < images->len; i++)
        if (((const Image *)g_ptr_array_index(images, i))->fd == fd)
            return true;
    return false;
}

static void close_file(PbayDriver *row)
{
    close(row->fd);
    row->fd = -1;
}

static bool refuse_system(PbayDriver *row, const char *doing)
{
    int code = errno;
    close_file(row);
    return pbay_driver_row_refuse(row, g_strdup_printf("cannot %s: %s", doing, g_strerror(code)),
                                  "raise the limit of open files (ulimit -n)");
}

/* A number no image was ever opened under. */
static bool renumber(PbayDriver *row)
{
    while (number_is_taken(row->fd)) {
        int fd = fcntl(row->fd, F_DUPFD_CLOEXEC, row->fd + 1);
        if (fd < 0)
            return refuse_system(row, "keep the file open");
        close(row->fd);
        row->fd = fd;
    }
    return true;
}

static bool check_elf(PbayDriver *row)
{
    char magic[4] = "";
    if (pread(row->fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
        memcmp(magic, "\177ELF", sizeof magic) == 0)
        return true;
    close_file(row);
    return pbay_driver_row_refuse(row, g_strdup("is not a shared library (no ELF header)"),
                                  "remove it from the folder, or install the driver anew");
}

static const char *remedy_for(const char *error)
{
    if (strstr(error, "cannot open shared object file") != NULL)
        return "install the library it needs, or a build of the driver for this system";
    if (strstr(error, "undefined symbol") != NULL || strstr(error, "version `") != NULL)
        return "install a build of the driver made for this system";
    if (strstr(error, "wrong ELF class") != NULL || strstr(error, "invalid ELF header") != NULL)
        return "install the driver for this architecture";
    return "install the driver anew";
}

/* dlerror's words, without the descriptor's name, which means nothing to a person. Caller frees. */
static char *load_error(const char *name)
{
    const char *error = dlerror();
    g_autofree char *prefix = g_strconcat(name, ": ", NULL);
    if (error == NULL)
        return g_strdup("the loader gave no reason");
    return g_strdup(g_str_has_prefix(error, prefix) ? error + strlen(prefix) : error);
}

static const Image *map(PbayDriver *row)
{
    if (!check_elf(row) || !renumber(row))
        return NULL;
    g_autofree char *name = g_strdup_printf("/proc/self/fd/%d", row->fd);
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        g_autofree char *error = load_error(name);
        bool proc = access(name, F_OK) == 0;
        close_file(row);
        pbay_driver_row_refuse(row, g_strdup_printf("cannot be loaded: %s", error), "%s",
                               proc ? remedy_for(error) : "mount /proc");
        return NULL;
    }
    Image *image = g_new(Image, 1);
    *image = (Image){row->dev, row->ino, row->size, row->mtime_ns, row->fd, handle};
    if (images == NULL)
        images = g_ptr_array_new();
    g_ptr_array_add(images, image);
    return image;
}

static const Image *find_or_map(PbayDriver *row)
{
    const Image *image = image_of_file(row);
    if (image == NULL)
        return map(row);
    close_file(row);
    if (image->size != row->size || image->mtime_ns != row->mtime_ns) {
        pbay_driver_row_refuse(
            row, g_strdup("was written over in place while an earlier version of it is loaded"),
            "restart, and replace drivers by renaming a new file over the old (install, mv)");
        return NULL;
    }
    row->fd = image->fd;
    return image;
}

/* dlsym also finds a dependency's symbol; only the file's own counts. */
static bool find_entry(PbayDriver *row, const Image *image, PbayDriverEntry *entry)
{
    void *symbol = dlsym(image->handle, "patchbay_driver_get");
    Dl_info info = {0};
    struct link_map *own = NULL, *found = NULL;
    if (symbol == NULL)
        return pbay_driver_row_refuse(row, g_strdup("exports no patchbay_driver_get"),
                                      "this is no Patchbay driver: take it out of the folder");
    if (dlinfo(image->handle, RTLD_DI_LINKMAP, &own) != 0 ||
        dladdr1(symbol, &info, (void **)&found, RTLD_DL_LINKMAP) == 0 || own != found) {
        g_autofree char *where = g_path_get_basename(info.dli_fname != NULL ? info.dli_fname : "?");
        return pbay_driver_row_refuse(
            row,
            g_strdup_printf("patchbay_driver_get is not in this file but in %s, which it needs",
                            where),
            "export patchbay_driver_get from the driver itself (visibility \"default\")");
    }
    memcpy(entry, &symbol, sizeof symbol);
    return true;
}

bool pbay_driver_image_open(PbayDriver *row, PbayDriverEntry *entry)
{
    const Image *image = find_or_map(row);
    return image != NULL && find_entry(row, image, entry);
}
