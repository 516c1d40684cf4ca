// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The monitor's state, shared by its files. One instance in a process, all of it plain data: the
 * small part (struct state) and the used part of the buffers cross the handover as they are.
 *
 *   loop.c     epoll, timeouts, phases         output.c   container -> log and clients
 *   client.c   sockets, frames                 input.c    clients -> container
 *   log_write.c, log_json.c                    finish.c   reaping, drain, record, clean-up
 *   handover.c                                 config.c
 */
#include "monitor/monitor.h"

#include <stdbool.h>

#define LINE_MAX_BYTES 16384 /* Docker splits longer lines; also the largest read */
#define LOG_FLUSH_AT   16384
/* One entry at worst: each byte becomes six, and the rest of the object. */
#define LOG_ENTRY_MAX (LINE_MAX_BYTES * 6 + 256)
#define PAGE_BYTES    4096

#define QUIET_NS (NS_PER_SEC / 5) /* after the end: silence that ends the drain */
#define DRAIN_NS (2 * NS_PER_SEC) /* after the end: the drain at most, as Docker */
#define TRIM_NS  NS_PER_SEC       /* quiet time after which buffers are given back */

enum stream_index {
    STREAM_OUT, /* stdout, or all of a terminal */
    STREAM_ERR,
    STREAM_COUNT,
};

/*
 * One output stream. buf[0, logged) went to the log, buf[logged, len) is a half line; the latest
 * read is buf[chunk, len), which the clients in 'pending' still have to get. No further read
 * happens before they did; then the logged part is dropped from the front.
 */
struct stream {
    int32_t fd; /* negative: at its end */
    uint32_t len;
    uint32_t chunk;
    uint32_t logged;
    uint64_t pending;     /* bit per client slot */
    int64_t partial_time; /* when the line began whose first pieces are in the log; 0: none */
    bool polled;
};

struct client {
    int32_t fd; /* negative: free slot */
    uint32_t want;
    uint32_t polled; /* epoll events asked for; 0 with 'unpolled' */
    bool unpolled;   /* hung up, but input of it is still to be read */
    bool greeted;
};

struct log_state {
    int32_t fd;     /* negative: not open */
    int32_t reason; /* errno of the first loss */
    int64_t size;   /* of the live file */
    uint64_t lost;  /* lines since the last success */
};

struct state {
    uint32_t magic;
    uint32_t size;
    struct stream streams[STREAM_COUNT];
    struct client clients[MONITOR_CLIENTS_MAX];
    struct log_state log;
    bool input_open;  /* the container may still be given input */
    int32_t tty_hold; /* the terminal's other end, see output.c */
    uint32_t stdin_len;
    uint32_t stdin_off;
    bool stdin_eof; /* close it once the buffer is written */
    bool exited;
    struct attach_exit end;
};

/* Sources in epoll's data: kind in the upper half, index in the lower. */
enum source {
    SOURCE_INIT,
    SOURCE_SIGNAL,
    SOURCE_LISTEN,
    SOURCE_INPUT,
    SOURCE_STREAM,
    SOURCE_CLIENT,
    SOURCE_COUNT,
};

struct monitor {
    struct monitor_config cfg;
    struct state s;
    int epoll_fd;
    int signal_fd;
    int input_fd; /* stdin's write end, or a duplicate of the terminal (epoll takes an fd once) */
    bool input_polled;
    bool listen_paused; /* out of descriptors */
    bool dirty;         /* buffers were used since they were last given back */
    bool widened;       /* the clients' sockets, for the rest */
    int64_t exited_at;  /* time_mono() of init's end */
    int64_t last_data;  /* when output last came after it */
    uint32_t log_len;   /* bytes of logfile_buf waiting for logfile_flush() */
};

extern struct monitor mon;
extern char stream_buf[STREAM_COUNT][LINE_MAX_BYTES];
extern char stdin_buf[ATTACH_FRAME_MAX];
extern char logfile_buf[LOG_FLUSH_AT + LOG_ENTRY_MAX];

/* loop.c */
int monitor_begin(void); /* epoll, signals, sources; shared by start and resume */
int source_add(int fd, enum source kind, uint32_t index, uint32_t events);
int source_mod(int fd, enum source kind, uint32_t index, uint32_t events);
void source_del(int fd);

/* config.c */
bool monitor_config_valid(const struct monitor_config *c);

/* output.c */
void stream_begin(enum stream_index i);
void stream_readable(enum stream_index i);
void stream_deliver(enum stream_index i);
void stream_forget_client(uint32_t slot); /* it will take nothing more */

/* client.c */
void client_begin_all(void); /* those that are there go into epoll */
void client_greet_all(void); /* those from before the start, whose wishes are known */
void client_accept(void);
void client_take(int fd);
void client_event(uint32_t slot, uint32_t events);
void client_close(uint32_t slot);
int client_send(uint32_t slot, enum attach_type type, const void *data, size_t n);
void client_poll_update(uint32_t slot);
void client_input_freed(void);

/* input.c */
void input_begin(void);
bool input_busy(void);
void input_take(size_t n); /* n bytes were received into stdin_buf */
void input_end(void);      /* end of input of one client */
void input_writable(void);
void input_resize(const struct attach_resize *r);

/* log_json.c: n bytes of text (at most LINE_MAX_BYTES) as one entry in buf (LOG_ENTRY_MAX) */
size_t logfile_entry(char *buf, const char *stream, const char *text, size_t n, bool newline,
                     int64_t when);

/* log_write.c */
void logfile_open(void);
void logfile_chunk(enum stream_index i); /* logs the whole lines of the stream's buffer */
void logfile_rest(enum stream_index i);  /* and its half line, at the end */
void logfile_flush(void);

/* finish.c */
void children_reap(void);
bool output_drained(int64_t now);
void monitor_finish(void);

/* text.c: the few bytes of formatting needed, without stdio */
size_t text_str(char *buf, size_t len, const char *s);
size_t text_dec(char *buf, size_t len, int64_t v);
