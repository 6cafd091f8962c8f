/*
 * The load generator: opens many WebSocket connections to one server (RFC 6455, written by hand),
 * sends messages on some of them at a steady rate, and checks what arrives on all of them. One
 * thread, one epoll. Linux.
 *
 *     gcc -O2 -o load load.c
 *     ./load --port 8000 --protocol hubbub --connections 1000 --rooms 1 --senders 100 --rate 2000
 *
 * Connection `i` is in room `i % rooms`. Message `k` comes from connection `k % senders`, so that
 * each room has `senders / rooms` senders. The text of a message is a mark, its number `k` and
 * padding. A receiver searches for marks and reads the numbers: no JSON is parsed. The number
 * determines the sender of a message, when it was sent, and which one must follow it, so that each
 * connection can detect lost, duplicate and reordered messages.
 *
 * Prints one JSON object when it is done.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Characters in the text of a message. */
#define TEXT_LENGTH 100
/* Begins the text of a message and occurs nowhere else. */
#define MARK '~'
/* Characters of the number behind the mark: one for four bits, from 'A' to 'P'. */
#define NUMBER_LENGTH 8
/* Connections that are being opened at the same time. */
#define MAX_OPENING 64
/* Bytes read at once; a frame must fit. */
#define READ_SIZE (1 << 20)
/* Bytes of a sent frame, with its envelope. */
#define MAX_SENT 512
/* Histogram: buckets of 1/32 of a power of two, in microseconds. */
#define SUB_BITS 5
#define BUCKETS (40 << SUB_BITS)
/* How long connecting may take, and how long to wait for outstanding deliveries at the end. */
#define OPEN_SECONDS 60
#define DRAIN_SECONDS 5

enum protocol { HUBBUB, HUBBUB_TEXT, HUBBUB_DIRECT, PLAIN, SOCKETIO };
static const char *const PROTOCOLS[] = {"hubbub", "hubbub-text", "hubbub-direct", "plain",
                                        "socketio"};

enum state { IDLE, CONNECTING, UPGRADING, JOINING, READY, CLOSED };

struct connection {
    int fd;
    int id;
    enum state state;
    bool writing; /* waits for EPOLLOUT */
    bool mute;    /* never reads once it has joined */
    char *in;     /* the beginning of an incomplete frame */
    size_t in_length;
    char *out; /* bytes that the socket has not accepted yet */
    size_t out_length;
    uint32_t number; /* a number of which only a part has arrived, */
    int digits;      /* and how many of its digits are missing */
    uint32_t *next;  /* for each sender of the room, the number that must come next */
    uint64_t received;
};

/* The options. Times are in seconds. */
static struct {
    int port;
    enum protocol protocol;
    int connections;
    int rooms;
    int senders;
    int mute; /* how many of the connections never read */
    double rate;
    double warmup;
    double seconds;
    int pid; /* the server, whose CPU and memory are measured; 0 for none */
    bool keys;
} options = {.connections = 1000, .rooms = 1, .senders = 100, .warmup = 1, .seconds = 5};

static struct connection *connections;
static int epoll_fd;
static int timer_fd;
static char read_buffer[READ_SIZE];
static int opened, opening, ready, lost_connections;

static uint64_t started;     /* when message 0 is due, ns */
static uint32_t sent;        /* messages */
static uint32_t to_send;     /* messages */
static uint64_t *sent_at;    /* by number, ns */
static uint32_t first_timed; /* the first message whose latency counts */
static uint64_t received, frames, bytes, disordered;
static uint64_t histogram[BUCKETS];
static uint64_t worst; /* us */

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* ---- CPU and memory of the server and this process ------------------------------------------ */

/* User and system time of a process and its threads, in seconds. */
static double cpu_of(int pid) {
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = pid ? fopen(path, "r") : NULL;
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    /* The name, in parentheses, may hold anything. */
    char *rest = strrchr(text, ')');
    if (!rest || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                        &system) != 2)
        return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Resident memory of a process in KiB: current or peak. */
static long memory_of(int pid, const char *field) {
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = pid ? fopen(path, "r") : NULL;
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field))) kib = atol(line + strlen(field));
    fclose(file);
    return kib;
}

static double own_cpu(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- Latency ------------------------------------------------------------------------------- */

static void observe(uint64_t us) {
    if (us > worst) worst = us;
    int power = 63 - __builtin_clzll(us | (1u << SUB_BITS));
    int bucket = ((power - SUB_BITS) << SUB_BITS) + (int)(us >> (power - SUB_BITS));
    histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

/* A quantile of the latencies: the upper end of its bucket, in us. */
static uint64_t percentile(double part) {
    uint64_t total = 0, seen = 0;
    for (int i = 0; i < BUCKETS; i++) total += histogram[i];
    for (int i = 0; i < BUCKETS; i++) {
        seen += histogram[i];
        if (!seen || (double)seen < part * (double)total) continue;
        if (i < 2 << SUB_BITS) return (uint64_t)i;
        int power = i >> SUB_BITS;
        return (uint64_t)((i & ((1 << SUB_BITS) - 1)) + (1 << SUB_BITS) + 1) << (power - 1);
    }
    return 0;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static void watch(struct connection *c, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (c->writing ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll_fd, operation, c->fd, &event);
}

static void lose(struct connection *c) {
    if (c->state == CLOSED) return;
    if (c->state == READY) lost_connections++;
    else fail("connection %d was refused in state %d", c->id, c->state);
    c->state = CLOSED;
    close(c->fd);
}

static void write_bytes(struct connection *c, const char *data, size_t length) {
    if (c->state == CLOSED) return;
    if (!c->out_length) {
        ssize_t done = send(c->fd, data, length, MSG_NOSIGNAL);
        if (done < 0 && errno != EAGAIN) return lose(c);
        if (done > 0) data += done, length -= (size_t)done;
    }
    if (!length) return;
    c->out = realloc(c->out, c->out_length + length);
    memcpy(c->out + c->out_length, data, length);
    c->out_length += length;
    c->writing = true;
    watch(c, EPOLL_CTL_MOD);
}

static void write_rest(struct connection *c) {
    ssize_t done = send(c->fd, c->out, c->out_length, MSG_NOSIGNAL);
    if (done < 0) return errno == EAGAIN ? (void)0 : lose(c);
    c->out_length -= (size_t)done;
    memmove(c->out, c->out + done, c->out_length);
    if (c->out_length) return;
    c->writing = false;
    watch(c, EPOLL_CTL_MOD);
}

/* Clients mask their frames (RFC 6455 section 5.3). The mask is 0: nothing needs hiding here, and
 * the server has to unmask all the same. */
static void write_frame(struct connection *c, int opcode, const char *payload, size_t length) {
    char frame[MAX_SENT + 8];
    size_t header = 2;
    frame[0] = (char)(0x80 | opcode);
    frame[1] = (char)(0x80 | (length < 126 ? length : 126));
    if (length >= 126) {
        frame[2] = (char)(length >> 8), frame[3] = (char)length;
        header = 4;
    }
    memset(frame + header, 0, 4);
    memcpy(frame + header + 4, payload, length);
    write_bytes(c, frame, header + 4 + length);
}

static void write_text(struct connection *c, const char *format, ...) {
    char text[MAX_SENT];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    write_frame(c, 1, text, (size_t)length);
}

static void say(struct connection *c, uint32_t number) {
    char text[TEXT_LENGTH + 1], key[32] = "";
    memset(text, 'x', TEXT_LENGTH);
    text[0] = MARK;
    for (int i = 0; i < NUMBER_LENGTH; i++)
        text[1 + i] = (char)('A' + (number >> (28 - 4 * i) & 15));
    text[TEXT_LENGTH] = 0;
    if (options.keys) snprintf(key, sizeof key, ",\"key\":\"k%x-%x\"", c->id, number);
    int room = c->id % options.rooms;
    switch (options.protocol) {
    case HUBBUB:
    case HUBBUB_TEXT:
        return write_text(c, "{\"type\":\"room_message\",\"room\":\"room-%d\",\"message\":\"%s\"%s}",
                          room, text, key);
    case HUBBUB_DIRECT: /* to the other member of the room: the first that is not this one */
        return write_text(
            c, "{\"type\":\"private_message\",\"receiver\":\"u%d\",\"message\":\"%s\"%s}",
            (c->id + options.rooms) % options.connections, text, key);
    case PLAIN:
        return write_text(c, "%s", text);
    case SOCKETIO:
        return write_text(c, "42[\"message\",\"%s\"]", text);
    }
}

/* ---- Reading ------------------------------------------------------------------------------- */

static void count(struct connection *c, uint32_t number, uint64_t at) {
    uint32_t *next = &c->next[number % (uint32_t)options.senders / (uint32_t)options.rooms];
    if (number != *next) disordered++;
    *next = number + (uint32_t)options.senders;
    c->received++;
    received++;
    if (number < first_timed || number >= sent) return;
    observe((at - sent_at[number]) / 1000);
}

/* A server may fragment its messages at any position. */
static void read_marks(struct connection *c, const char *payload, size_t length, uint64_t at) {
    const char *end = payload + length;
    while (payload < end) {
        for (; c->digits && payload < end; payload++) {
            c->number = c->number << 4 | (uint32_t)(*payload - 'A');
            if (!--c->digits) count(c, c->number, at);
        }
        payload = memchr(payload, MARK, (size_t)(end - payload));
        if (!payload) return;
        payload++;
        c->digits = NUMBER_LENGTH;
    }
}

static void joined(struct connection *c) {
    c->state = READY;
    opening--;
    ready++;
    if (c->mute) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
}

static bool has(const char *payload, size_t length, const char *what) {
    return memmem(payload, length, what, strlen(what));
}

static void read_text(struct connection *c, const char *payload, size_t length, uint64_t at) {
    if (c->state == READY) {
        if (options.protocol == SOCKETIO && length == 1 && *payload == '2') write_text(c, "3");
        else read_marks(c, payload, length, at);
        return;
    }
    switch (options.protocol) {
    case HUBBUB:
    case HUBBUB_TEXT:
        if (has(payload, length, "\"type\":\"joined\"")) joined(c);
        return;
    case HUBBUB_DIRECT:
        if (has(payload, length, "\"type\":\"welcome\"")) joined(c);
        return;
    case SOCKETIO:
        if (payload[0] == '0') write_text(c, "40");
        else if (has(payload, length, "40{")) joined(c);
        return;
    case PLAIN:
        return;
    }
}

/* Reads one frame. Returns its length with the header, or 0 if it is incomplete. */
static size_t read_frame(struct connection *c, const char *data, size_t length, uint64_t at) {
    const unsigned char *head = (const unsigned char *)data;
    size_t header = 2;
    if (length < header) return 0;
    uint64_t size = head[1] & 127;
    if (size >= 126) {
        int width = size == 126 ? 2 : 8;
        header += (size_t)width;
        if (length < header) return 0;
        size = 0;
        for (int i = 0; i < width; i++) size = size << 8 | head[2 + i];
    }
    if (header + size > READ_SIZE) fail("a frame of %lu bytes", (unsigned long)size);
    if (length < header + size) return 0;
    const char *payload = data + header;
    frames++;
    switch (head[0] & 15) {
    case 0:
    case 1:
    case 2:
        read_text(c, payload, size, at);
        break;
    case 8:
        lose(c);
        break;
    case 9:
        write_frame(c, 10, payload, size);
        break;
    }
    return header + size;
}

/* Reads the response to the upgrade. Returns its length, or 0 if it is incomplete. */
static size_t read_upgrade(struct connection *c, const char *data, size_t length) {
    const char *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (!has(data, length < 16 ? length : 16, " 101 ")) fail("refused: %.*s", (int)length, data);
    c->state = JOINING;
    if (options.protocol == PLAIN) joined(c);
    if (options.protocol == HUBBUB || options.protocol == HUBBUB_TEXT)
        write_text(c, "{\"type\":\"join\",\"room\":\"room-%d\"}", c->id % options.rooms);
    return (size_t)(end + 4 - data);
}

static void keep_rest(struct connection *c, const char *data, size_t length) {
    c->in_length = length;
    if (!length) return;
    c->in = realloc(c->in, length);
    memcpy(c->in, data, length);
}

static void read_bytes(struct connection *c) {
    size_t length = c->in_length;
    if (length) memcpy(read_buffer, c->in, length);
    ssize_t got = recv(c->fd, read_buffer + length, READ_SIZE - length, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return lose(c);
    uint64_t at = now();
    const char *data = read_buffer;
    bytes += (uint64_t)got;
    length += (size_t)got;
    while (length && c->state != CLOSED) {
        size_t done = c->state == UPGRADING ? read_upgrade(c, data, length)
                                            : read_frame(c, data, length, at);
        if (!done) break;
        data += done;
        length -= done;
    }
    keep_rest(c, data, length);
}

/* ---- Opening ------------------------------------------------------------------------------- */

static void open_one(void) {
    struct connection *c = &connections[opened];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->id = opened++;
    c->mute = c->id >= options.connections - options.mute;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) fail("cannot open connection %d: %s", c->id, strerror(errno));
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->state = CONNECTING;
    c->writing = true;
    opening++;
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        fail("cannot connect: %s", strerror(errno));
    int others = (options.senders + options.rooms - 1) / options.rooms;
    c->next = calloc((size_t)others, sizeof *c->next);
    for (int i = 0; i < others; i++)
        c->next[i] = (uint32_t)(i * options.rooms + c->id % options.rooms);
    watch(c, EPOLL_CTL_ADD);
}

static void upgrade(struct connection *c) {
    char path[128], request[512];
    int room = c->id % options.rooms;
    const char *batch =
        options.protocol == HUBBUB || options.protocol == HUBBUB_DIRECT
            ? "Sec-WebSocket-Protocol: chat.batch.v2, chat.batch.v1\r\n"
            : "";
    if (options.protocol == SOCKETIO)
        snprintf(path, sizeof path, "/socket.io/?EIO=4&transport=websocket&room=room-%d", room);
    else if (options.protocol == PLAIN)
        snprintf(path, sizeof path, "/?room=room-%d", room);
    else
        snprintf(path, sizeof path, "/ws?name=u%d", c->id);
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                          path, options.port, batch);
    c->state = UPGRADING;
    c->writing = false;
    watch(c, EPOLL_CTL_MOD);
    write_bytes(c, request, (size_t)length);
}

/* ---- The measurement ----------------------------------------------------------------------- */

static void arm(uint64_t at) {
    struct itimerspec when = {.it_value = {(time_t)(at / 1000000000u), (long)(at % 1000000000u)}};
    timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static uint64_t due(uint32_t number) {
    return started + (uint64_t)((double)number * 1e9 / options.rate);
}

/* Sends every message that is due. An overdue message is sent at once, and its latency counts from
 * when it was due: a server that delays its clients must not look better for it. */
static void say_what_is_due(void) {
    uint64_t time = now();
    while (sent < to_send && due(sent) <= time) {
        sent_at[sent] = due(sent);
        say(&connections[sent % (uint32_t)options.senders], sent);
        sent++;
    }
    if (sent < to_send) arm(due(sent));
}

static void turn(int ms) {
    struct epoll_event events[256];
    int n = epoll_wait(epoll_fd, events, 256, ms);
    for (int i = 0; i < n; i++) {
        struct connection *c = events[i].data.ptr;
        if (!c) {
            uint64_t expirations;
            if (read(timer_fd, &expirations, sizeof expirations) > 0) say_what_is_due();
            continue;
        }
        if (c->state == CONNECTING) upgrade(c);
        else if (c->state != CLOSED && events[i].events & EPOLLOUT) write_rest(c);
        if (c->state != CLOSED && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_bytes(c);
    }
}

static void turn_until(uint64_t at) {
    for (uint64_t time = now(); time < at; time = now()) turn((int)((at - time) / 1000000u) + 1);
}

static void open_all(void) {
    uint64_t deadline = now() + OPEN_SECONDS * 1000000000ull;
    while (ready < options.connections) {
        while (opening < MAX_OPENING && opened < options.connections) open_one();
        turn(10);
        if (now() > deadline) fail("only %d connections after %d s", ready, OPEN_SECONDS);
    }
}

/* Returns how many messages the open, reading connections should have received by now. */
static uint64_t expected(void) {
    uint64_t total = 0;
    for (int i = 0; i < options.connections; i++) {
        struct connection *c = &connections[i];
        if (c->mute) continue;
        for (int s = i % options.rooms; s < options.senders; s += options.rooms)
            total += sent / (uint32_t)options.senders +
                     ((uint32_t)s < sent % (uint32_t)options.senders);
    }
    return total;
}

static void parse(int count, char **arguments) {
    for (int i = 1; i + 1 < count; i += 2) {
        const char *name = arguments[i], *value = arguments[i + 1];
        if (!strcmp(name, "--port")) options.port = atoi(value);
        else if (!strcmp(name, "--connections")) options.connections = atoi(value);
        else if (!strcmp(name, "--rooms")) options.rooms = atoi(value);
        else if (!strcmp(name, "--senders")) options.senders = atoi(value);
        else if (!strcmp(name, "--mute")) options.mute = atoi(value);
        else if (!strcmp(name, "--rate")) options.rate = atof(value);
        else if (!strcmp(name, "--warmup")) options.warmup = atof(value);
        else if (!strcmp(name, "--seconds")) options.seconds = atof(value);
        else if (!strcmp(name, "--pid")) options.pid = atoi(value);
        else if (!strcmp(name, "--keys")) options.keys = atoi(value);
        else if (!strcmp(name, "--protocol")) {
            int p = 0;
            while (p < 5 && strcmp(value, PROTOCOLS[p])) p++;
            if (p == 5) fail("there is no protocol %s", value);
            options.protocol = (enum protocol)p;
        } else fail("there is no option %s", name);
    }
    if (!options.port) fail("--port is missing");
    if (options.senders % options.rooms) fail("--senders must be a multiple of --rooms");
    if (options.senders + options.mute > options.connections) fail("too few connections");
}

int main(int argc, char **argv) {
    parse(argc, argv);
    connections = calloc((size_t)options.connections, sizeof *connections);
    to_send = (uint32_t)(options.rate * (options.warmup + options.seconds));
    first_timed = (uint32_t)(options.rate * options.warmup);
    sent_at = calloc(to_send + 1, sizeof *sent_at);
    epoll_fd = epoll_create1(0);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &event);

    long memory_before = memory_of(options.pid, "VmRSS:");
    double cpu_before = cpu_of(options.pid);
    uint64_t open_started = now();
    open_all();
    double open_seconds = (double)(now() - open_started) / 1e9;
    double open_cpu = cpu_of(options.pid) - cpu_before;
    /* Presence events caused by connecting settle before the measurement. */
    turn_until(now() + 1500000000u);
    long memory_open = memory_of(options.pid, "VmRSS:");

    started = now() + 1000000u;
    if (to_send) arm(started);
    turn_until(started + (uint64_t)(options.warmup * 1e9));
    uint64_t window_started = now();
    double cpu = cpu_of(options.pid), own = own_cpu();
    uint64_t before = received, frames_before = frames, bytes_before = bytes;
    turn_until(started + (uint64_t)((options.warmup + options.seconds) * 1e9));
    double window = (double)(now() - window_started) / 1e9;
    cpu = cpu_of(options.pid) - cpu;
    own = own_cpu() - own;
    uint64_t delivered = received - before;
    uint64_t delivered_frames = frames - frames_before, delivered_bytes = bytes - bytes_before;
    uint64_t behind = expected() - received;
    long memory_end = memory_of(options.pid, "VmRSS:");

    uint64_t deadline = now() + DRAIN_SECONDS * 1000000000ull;
    while ((sent < to_send || received < expected()) && now() < deadline) turn(10);

    printf("{\"connections\":%d,\"lost_connections\":%d,\"open_seconds\":%.3f,\"open_cpu\":%.2f,"
           "\"sent\":%u,\"to_send\":%u,\"window\":%.3f,\"delivered\":%lu,\"frames\":%lu,"
           "\"bytes\":%lu,\"behind\":%lu,\"missing\":%lu,\"disordered\":%lu,\"cpu\":%.2f,"
           "\"own_cpu\":%.2f,\"p50\":%lu,\"p90\":%lu,\"p99\":%lu,\"max\":%lu,"
           "\"memory_before\":%ld,\"memory_open\":%ld,\"memory_end\":%ld,\"memory_peak\":%ld}\n",
           ready, lost_connections, open_seconds, open_cpu, sent, to_send, window, delivered,
           delivered_frames, delivered_bytes, behind, expected() - received, disordered, cpu, own,
           percentile(0.5), percentile(0.9), percentile(0.99), worst, memory_before, memory_open,
           memory_end, memory_of(options.pid, "VmHWM:"));
    return 0;
}
