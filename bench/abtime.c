// SPDX-License-Identifier: Apache-2.0
/*
 * abtime - wall time of short commands, taken in turns so that what else the machine does hits
 * all of them alike.
 *
 *   abtime [-n ROUNDS] [-w WARMUP] -- NAME[@EVERY] COMMAND... [-- NAME COMMAND...]...
 *
 * Each round runs every command once, odd rounds in reverse order; one with @EVERY takes part in
 * every EVERYth round only. From spawn to the end of wait, without a shell in between. Standard
 * output is dropped. A command that fails ends the whole measurement, with its standard error.
 *
 * Prints a line per command: NAME MEDIAN MEAN MINIMUM P90 COUNT, times in microseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 16, ROUNDS_MAX = 100000 };

struct command {
    const char *name;
    char **argv;
    long every;
    int64_t *times;
    size_t count;
};

extern char **environ;

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "abtime: %s\n", what);
    exit(1);
}

/* What the failed command said is in the file `errors`. */
static void show_failure(const struct command *c, int status, int errors)
{
    char buf[4096];
    ssize_t n = pread(errors, buf, sizeof(buf) - 1, 0);

    buf[n > 0 ? n : 0] = '\0';
    fprintf(stderr, "abtime: %s %s %d: %s\n", c->name,
            WIFSIGNALED(status) ? "was ended by signal" : "ended with status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), buf);
    exit(1);
}

/* Returns nanoseconds. */
static int64_t run_once(const struct command *c, const posix_spawn_file_actions_t *streams,
                        int errors)
{
    int64_t start;
    int status = 0;
    int r;
    pid_t pid = -1;

    if (ftruncate(errors, 0) < 0 || lseek(errors, 0, SEEK_SET) < 0) {
        die("cannot empty the file for errors");
    }
    start = now_ns();
    r = posix_spawnp(&pid, c->argv[0], streams, NULL, c->argv, environ);
    if (r != 0) {
        fprintf(stderr, "abtime: run '%s': %s\n", c->argv[0], strerror(r));
        exit(1);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    start = now_ns() - start;
    if (status != 0) {
        show_failure(c, status, errors);
    }
    return start;
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a;
    int64_t y = *(const int64_t *) b;

    return (x > y) - (x < y);
}

static void print_result(struct command *c)
{
    size_t middle = c->count / 2;
    size_t late = c->count * 9 / 10;
    double sum = 0;

    if (c->count == 0) {
        die("a command never had its turn; more rounds, or a smaller @EVERY");
    }
    qsort(c->times, c->count, sizeof(c->times[0]), compare_times);
    for (size_t i = 0; i < c->count; i++) {
        sum += (double) c->times[i];
    }
    printf("%s %.1f %.1f %.1f %.1f %zu\n", c->name, (double) c->times[middle] / 1e3,
           sum / (double) c->count / 1e3, (double) c->times[0] / 1e3, (double) c->times[late] / 1e3,
           c->count);
}

static long parse_count(const char *text, long max)
{
    char *end = NULL;
    long n;

    errno = 0;
    n = text ? strtol(text, &end, 10) : 0;
    if (!text || errno || end == text || *end || n < 1 || n > max) {
        die("a count is wanted");
    }
    return n;
}

/* Splits argv at "--" into commands; returns how many. */
static size_t parse_commands(char **argv, struct command *commands, long rounds)
{
    size_t n = 0;

    while (*argv) {
        struct command *c;
        char *at;

        if (!argv[1] || !argv[2] || n == COMMANDS_MAX) {
            die("usage: abtime [-n ROUNDS] [-w WARMUP] -- NAME[@EVERY] COMMAND... [-- ...]");
        }
        c = &commands[n++];
        *argv = NULL; /* this "--" ends the command before */
        at = strchr(argv[1], '@');
        c->every = at ? parse_count(at + 1, ROUNDS_MAX) : 1;
        if (at) {
            *at = '\0';
        }
        c->name = argv[1];
        c->argv = argv + 2;
        c->times = calloc((size_t) rounds, sizeof(c->times[0]));
        if (!c->times) {
            die("out of memory");
        }
        for (argv += 3; *argv && strcmp(*argv, "--") != 0; argv++) {
        }
    }
    return n;
}

static void run_rounds(struct command *commands, size_t n, long rounds, long warmup)
{
    posix_spawn_file_actions_t streams;
    int errors = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (errors < 0 || posix_spawn_file_actions_init(&streams) != 0 ||
        posix_spawn_file_actions_addopen(&streams, 0, "/dev/null", O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_addopen(&streams, 1, "/dev/null", O_WRONLY, 0) != 0 ||
        posix_spawn_file_actions_adddup2(&streams, errors, 2) != 0) {
        die("cannot prepare the streams");
    }
    for (long round = -warmup; round < rounds; round++) {
        for (size_t i = 0; i < n; i++) {
            struct command *c = &commands[round % 2 ? n - 1 - i : i];

            if (round >= 0 && round % c->every == 0) {
                c->times[c->count++] = run_once(c, &streams, errors);
            } else if (round < 0 && (round == -1 || c->every == 1)) {
                run_once(c, &streams, errors);
            }
        }
    }
    posix_spawn_file_actions_destroy(&streams);
    close(errors);
}

int main(int argc, char **argv)
{
    struct command commands[COMMANDS_MAX] = {0};
    long rounds = 100;
    long warmup = 5;
    size_t n;

    for (argv++; *argv && strcmp(*argv, "--") != 0; argv += 2) {
        if (strcmp(*argv, "-n") == 0) {
            rounds = parse_count(argv[1], ROUNDS_MAX);
        } else if (strcmp(*argv, "-w") == 0) {
            warmup = parse_count(argv[1], ROUNDS_MAX);
        } else {
            die("unknown option");
        }
    }
    n = parse_commands(argv, commands, rounds);
    run_rounds(commands, n, rounds, warmup);
    for (size_t i = 0; i < n; i++) {
        print_result(&commands[i]);
        free(commands[i].times);
    }
    return 0;
}
