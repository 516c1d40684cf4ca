// SPDX-License-Identifier: Apache-2.0
#include "box.h"

#include "base/fd.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void expand(const struct box *b, const char *line, char *out, size_t size)
{
    size_t n = 0;

    for (const char *p = line; *p && n < size - 128; p++) {
        if (p[0] == '%' && (p[1] == 'D' || p[1] == 'G')) {
            n += (size_t) snprintf(out + n, size - n, "%s", p[1] == 'D' ? b->dir : b->group);
            p++;
        } else {
            out[n++] = *p;
        }
    }
    out[n] = '\0';
}

static void shell(struct box *b, const char *command)
{
    FILE *p = popen(command, "re");

    assert_non_null(p);
    size_t n = fread(b->output, 1, sizeof(b->output) - 1, p);
    int status = pclose(p);

    b->output[n] = '\0';
    b->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void box_run(struct box *b, const char *fault, const char *line)
{
    char words[4096];
    char command[8192];

    expand(b, line, words, sizeof(words));
    snprintf(command, sizeof(command),
             "HOY_FAULT='%s' timeout -s KILL 30 %s %s/rootfs %s </dev/null 2>&1",
             fault ? fault : "", RUN_SPEC, b->dir, words);
    shell(b, command);
}

void box_host(struct box *b, const char *line)
{
    char command[8192];

    expand(b, line, command, sizeof(command));
    shell(b, command);
    if (b->code != 0) {
        fail_msg("'%s' ended with %d: %s", command, b->code, b->output);
    }
}

void box_said(const struct box *b, int code, const char *output)
{
    if (b->code != code) {
        fail_msg("exit code %d, expected %d; output: %s", b->code, code, b->output);
    }
    assert_string_equal(b->output, output);
}

void box_contains(const struct box *b, const char *text)
{
    if (!strstr(b->output, text)) {
        fail_msg("'%s' is not in (code %d): %s", text, b->code, b->output);
    }
}

void box_is_clean(struct box *b)
{
    cleanup_free char *mounts = NULL;
    char pattern[200];
    glob_t found;

    assert_int_equal(file_read(AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &mounts, NULL), 0);
    if (strstr(mounts, b->dir)) {
        fail_msg("a mount is left: %s", strstr(mounts, b->dir));
    }
    snprintf(pattern, sizeof(pattern), "/sys/fs/cgroup/*%s/*/cgroup.procs", b->group);
    if (glob(pattern, 0, NULL, &found) == 0) {
        fail_msg("a cgroup is left: %s", found.gl_pathv[0]);
    }
    globfree(&found);
}

int box_setup(void **state)
{
    static struct box b;

    if (geteuid() != 0) {
        fprintf(stderr, "needs root\n");
        exit(77);
    }
    snprintf(b.dir, sizeof(b.dir), "/tmp/hoy-box.XXXXXX");
    snprintf(b.group, sizeof(b.group), "/hoy-test-%d", (int) getpid());
    if (!mkdtemp(b.dir)) {
        return -1;
    }
    *state = &b;
    box_host(&b, BUSYBOX_ROOTFS " %D/rootfs && mkdir %D/target %D/target.upper %D/target.work");
    return 0;
}

int box_teardown(void **state)
{
    struct box *b = *state;

    box_host(b, "rm -rf --one-file-system %D; for d in /sys/fs/cgroup%G /sys/fs/cgroup/*%G; do "
                "[ ! -d $d ] || rmdir $d; done");
    return 0;
}
