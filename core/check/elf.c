/* SPDX-License-Identifier: Apache-2.0 */
/* A small reader of shared objects of this machine's kind: the dynamic section through the
 * program headers, as the loader sees it, so that a stripped file shows no less. How many symbols
 * there are is in the hash tables. Any thread. */
#include "check/elf.h"

#include "base/error.h"

#include <elf.h>
#include <link.h>
#include <patchbay/driver.h>
#include <string.h>

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)

typedef struct File {
    const char *bytes;
    size_t len;
    ElfW(Ehdr) head;
    ElfW(Addr) symbols, strings, hash, gnu_hash; /* addresses; 0: none */
    size_t strings_len;
} File;

static bool take(const File *file, size_t at, void *out, size_t n)
{
    if (at > file->len || n > file->len - at)
        return false;
    memcpy(out, file->bytes + at, n);
    return true;
}

static bool segment(const File *file, size_t i, ElfW(Phdr) * out)
{
    return i < file->head.e_phnum &&
           take(file, file->head.e_phoff + i * sizeof *out, out, sizeof *out);
}

/* The place in the file of an address as it would be loaded; false: of none. */
static bool place_of(const File *file, ElfW(Addr) address, size_t *at)
{
    ElfW(Phdr) part;

    for (size_t i = 0; segment(file, i, &part); i++)
        if (part.p_type == PT_LOAD && address >= part.p_vaddr &&
            address - part.p_vaddr < part.p_filesz) {
            *at = part.p_offset + (address - part.p_vaddr);
            return true;
        }
    return false;
}

static bool take_at(const File *file, ElfW(Addr) address, void *out, size_t n)
{
    size_t at;

    return place_of(file, address, &at) && take(file, at, out, n);
}

/* A string of the dynamic string table, or NULL. Borrowed. */
static const char *string_at(const File *file, size_t offset)
{
    size_t at;

    if (offset >= file->strings_len || !place_of(file, file->strings, &at) || at >= file->len ||
        offset >= file->len - at)
        return NULL;
    at += offset;
    return memchr(file->bytes + at, '\0', file->len - at) != NULL ? file->bytes + at : NULL;
}

/* The symbol after the last one in the chains of a GNU hash table. */
static size_t count_gnu(const File *file)
{
    uint32_t head[4], last = 0, word = 0; /* buckets, first symbol, bloom words, shift */
    ElfW(Addr) buckets, chains;

    if (!take_at(file, file->gnu_hash, head, sizeof head))
        return 0;
    buckets = file->gnu_hash + sizeof head + (ElfW(Addr))head[2] * sizeof(ElfW(Addr));
    chains = buckets + (ElfW(Addr))head[0] * sizeof word;
    for (uint32_t i = 0; i < head[0]; i++) {
        if (!take_at(file, buckets + (ElfW(Addr))i * sizeof word, &word, sizeof word))
            return 0;
        last = MAX(last, word);
    }
    if (last < head[1])
        return head[1];
    do {
        if (!take_at(file, chains + (ElfW(Addr))(last - head[1]) * sizeof word, &word, sizeof word))
            return 0;
        last++;
    } while ((word & 1) == 0);
    return last;
}

static size_t count_symbols(const File *file)
{
    uint32_t head[2]; /* buckets, symbols */

    if (file->hash != 0 && take_at(file, file->hash, head, sizeof head))
        return head[1];
    return file->gnu_hash != 0 ? count_gnu(file) : 0;
}

static void add_symbol(PbayElf *elf, const File *file, const ElfW(Sym) * symbol)
{
    unsigned binding = ELF64_ST_BIND(symbol->st_info);
    unsigned seen = ELF64_ST_VISIBILITY(symbol->st_other);
    const char *name = string_at(file, symbol->st_name);

    if (name == NULL || name[0] == '\0' || binding == STB_LOCAL)
        return;
    if (symbol->st_shndx == SHN_UNDEF)
        g_ptr_array_add(elf->imports, g_strdup(name));
    else if (seen == STV_DEFAULT || seen == STV_PROTECTED)
        g_ptr_array_add(elf->exports, g_strdup(name));
}

static bool read_symbols(PbayElf *elf, const File *file)
{
    size_t n = count_symbols(file);

    for (size_t i = 1; i < n; i++) {
        ElfW(Sym) symbol;

        if (!take_at(file, file->symbols + i * sizeof symbol, &symbol, sizeof symbol))
            return false;
        add_symbol(elf, file, &symbol);
    }
    return n != 0;
}

static void note_entry(File *file, PbayElf *elf, const ElfW(Dyn) * entry)
{
    switch (entry->d_tag) {
    case DT_SYMTAB:
        file->symbols = entry->d_un.d_ptr;
        break;
    case DT_STRTAB:
        file->strings = entry->d_un.d_ptr;
        break;
    case DT_STRSZ:
        file->strings_len = entry->d_un.d_val;
        break;
    case DT_HASH:
        file->hash = entry->d_un.d_ptr;
        break;
    case DT_GNU_HASH:
        file->gnu_hash = entry->d_un.d_ptr;
        break;
    case DT_FLAGS_1:
        elf->nodelete = (entry->d_un.d_val & DF_1_NODELETE) != 0;
        break;
    default:
        break;
    }
}

/* The i-th entry of the dynamic section; false after the last. */
static bool dynamic(const File *file, size_t i, ElfW(Dyn) * entry)
{
    ElfW(Phdr) part;

    for (size_t p = 0; segment(file, p, &part); p++)
        if (part.p_type == PT_DYNAMIC)
            return i < part.p_filesz / sizeof *entry &&
                   take(file, part.p_offset + i * sizeof *entry, entry, sizeof *entry) &&
                   entry->d_tag != DT_NULL;
    return false;
}

static bool read_dynamic(PbayElf *elf, File *file)
{
    ElfW(Dyn) entry;

    for (size_t i = 0; dynamic(file, i, &entry); i++)
        note_entry(file, elf, &entry);
    for (size_t i = 0; dynamic(file, i, &entry); i++) {
        const char *name = entry.d_tag == DT_NEEDED ? string_at(file, entry.d_un.d_val) : NULL;

        if (name != NULL)
            g_ptr_array_add(elf->needed, g_strdup(name));
    }
    return file->symbols != 0 && file->strings != 0;
}

static const char *sanitizer_of(const GPtrArray *imports)
{
    static const char *const known[][2] = {{"__asan_", "AddressSanitizer"},
                                           {"__tsan_", "ThreadSanitizer"},
                                           {"__ubsan_", "UndefinedBehaviorSanitizer"},
                                           {"__msan_", "MemorySanitizer"}};

    for (guint i = 0; i < imports->len; i++)
        for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
            if (g_str_has_prefix(imports->pdata[i], known[k][0]))
                return known[k][1];
    return NULL;
}

void pbay_elf_free(PbayElf *elf)
{
    if (elf == NULL)
        return;
    g_ptr_array_unref(elf->exports);
    g_ptr_array_unref(elf->imports);
    g_ptr_array_unref(elf->needed);
    g_free(elf);
}

PbayElf *pbay_elf_parse(const char *bytes, size_t len, GError **error)
{
    File file = {.bytes = bytes, .len = len};
    g_autoptr(PbayElf) elf = g_new0(PbayElf, 1);
    const char *wrong = NULL;

    elf->exports = g_ptr_array_new_with_free_func(g_free);
    elf->imports = g_ptr_array_new_with_free_func(g_free);
    elf->needed = g_ptr_array_new_with_free_func(g_free);
    if (!take(&file, 0, &file.head, sizeof file.head) ||
        memcmp(file.head.e_ident, ELFMAG, SELFMAG) != 0)
        wrong = "is not a shared object (no ELF header)";
    else if (file.head.e_ident[EI_CLASS] != NATIVE_CLASS || file.head.e_type != ET_DYN ||
             file.head.e_phentsize != sizeof(ElfW(Phdr)))
        wrong = "is no shared object of this machine's kind";
    else if (!read_dynamic(elf, &file))
        wrong = "has no dynamic section with symbols";
    else if (!read_symbols(elf, &file))
        wrong = "has a symbol table that cannot be read";
    if (wrong != NULL) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "%s", wrong);
        return NULL;
    }
    elf->sanitizer = sanitizer_of(elf->imports);
    return g_steal_pointer(&elf);
}

PbayElf *pbay_elf_read(const char *path, GError **error)
{
    g_autofree char *bytes = NULL;
    g_autoptr(GError) why = NULL;
    size_t len = 0;

    if (!g_file_get_contents(path, &bytes, &len, &why)) {
        g_set_error(error, PBAY_ERROR, PB_ERR_INVALID, "cannot be read: %s", why->message);
        return NULL;
    }
    return pbay_elf_parse(bytes, len, error);
}

bool pbay_elf_has(const GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++)
        if (strcmp(names->pdata[i], name) == 0)
            return true;
    return false;
}
