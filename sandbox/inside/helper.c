/* The forking loop of a slot: see sandbox/inside/serve.py, which does the same in Python where this was not compiled.
 *
 * Loaded by ctypes into the slot's interpreter, with its lock held; needs no header of Python's. serve() returns only in a
 * fresh child with every wall up: 0 where it shall run the program that lies in descriptor 3.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMITS = 13, FDS = 5, RULESET = 100, UNSET = -1 };
enum { OWN_NAMESPACE = 1, OWN_UID = 2, DIES_FIRST = 4 };
enum { DIRECT = 1 };

struct filter {
    struct sock_filter *ops;
    uint32_t count, owns;
    uint32_t own_pid[4];
};

struct slot {
    int32_t socket, owner, ruleset;
    uint32_t flags, uid, filters;
    uint64_t base_address_space, base_data;
    const char *scratch;
    struct filter filter[4];
};

struct request {
    uint32_t filter, flags, disk_mb, descriptors;
    uint64_t limits[LIMITS];
};

struct reply {
    int32_t status;
    uint32_t stage, error, others;
    uint64_t cpu_us, peak_kb;
};

/* Which wall a child was at: what it leaves here when it dies is our fault, until it has reached the last. */
struct progress {
    volatile uint32_t stage, error;
};
enum { DESCRIPTORS, SESSION, LIMIT, IDENTITY, CAPABILITIES, PRIVILEGES, LANDLOCK, SECCOMP, STARTED };

static const int resources[LIMITS] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_AS,
                                      RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_MEMLOCK,
                                      RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO};

static void fail(struct progress *at) {
    at->error = (uint32_t)errno;
    _exit(121);
}

static void reach(struct progress *at, uint32_t stage) { at->stage = stage; }

static void place_descriptors(struct progress *at, const int *fds, int count) {
    static const int order[FDS] = {3, 0, 1, 2, 4}; /* payload, stdin, stdout, stderr, binary */
    for (int i = 1; i < 4; i++)
        if (dup2(fds[i], order[i]) < 0) fail(at);
    if (fds[0] == 3) {
        if (fcntl(3, F_SETFD, 0) < 0) fail(at);
    } else if (dup2(fds[0], 3) < 0) fail(at);
    int last = 3;
    if (count == FDS) {
        if (fds[4] != 4 && dup2(fds[4], 4) < 0) fail(at);
        if (fcntl(4, F_SETFD, FD_CLOEXEC) < 0) fail(at);
        last = 4;
    }
    if (syscall(SYS_close_range, last + 1, RULESET - 1, 0) || syscall(SYS_close_range, RULESET + 1, ~0u, 0)) fail(at);
}

/* Of the slot's own process: a program gets no more. */
static rlim_t most[LIMITS];

static int read_limits(void) {
    struct rlimit limit;
    for (int i = 0; i < LIMITS; i++) {
        if (getrlimit(resources[i], &limit)) return -1;
        most[i] = limit.rlim_max;
    }
    return 0;
}

static void lower_limits(struct progress *at, const struct slot *slot, const struct request *ask) {
    for (int i = 0; i < LIMITS; i++) {
        uint64_t want = ask->limits[i];
        if (want != RLIM_INFINITY && !(ask->flags & DIRECT))
            want += resources[i] == RLIMIT_AS ? slot->base_address_space : resources[i] == RLIMIT_DATA ? slot->base_data : 0;
        if (most[i] != RLIM_INFINITY && want > most[i]) want = most[i];
        struct rlimit limit = {want, want};
        if (setrlimit(resources[i], &limit)) fail(at);
    }
}

static void drop_privileges(struct progress *at, const struct slot *slot, int parent) {
    reach(at, IDENTITY);
    if (slot->flags & OWN_UID)
        if (setgroups(0, NULL) || setresgid(slot->uid, slot->uid, slot->uid) || setresuid(slot->uid, slot->uid, slot->uid))
            fail(at);
    reach(at, CAPABILITIES);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    if (syscall(SYS_capset, &header, none)) fail(at);
    reach(at, PRIVILEGES);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)) fail(at);
    /* after the change of uid, which clears it */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)) fail(at);
    if (getppid() != parent) _exit(121);
}

static void raise_walls(struct progress *at, struct slot *slot, const struct request *ask) {
    reach(at, LANDLOCK);
    if (slot->ruleset != UNSET) {
        if (syscall(446, RULESET, 0)) fail(at);
        close(RULESET);
    }
    reach(at, SECCOMP);
    struct filter *filter = &slot->filter[ask->filter];
    struct sock_fprog program = {(unsigned short)filter->count, filter->ops};
    for (uint32_t i = 0; i < filter->owns; i++) filter->ops[filter->own_pid[i]].k = (uint32_t)getpid();
    if (filter->count && prctl(PR_SET_SECCOMP, 2, &program, 0, 0)) fail(at);
    reach(at, STARTED);
    munmap((void *)at, sizeof *at); /* no program may say how far it came */
}

static void become_child(struct progress *at, struct slot *slot, const struct request *ask, const int *fds, int parent) {
    reach(at, DESCRIPTORS);
    place_descriptors(at, fds, (int)ask->descriptors);
    reach(at, SESSION);
    if (setsid() < 0 || chdir(slot->scratch)) fail(at);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    reach(at, LIMIT);
    lower_limits(at, slot, ask);
    drop_privileges(at, slot, parent);
    raise_walls(at, slot, ask);
}

/* fork without the locks and hooks of a fork: this process has one thread. */
static pid_t plain_fork(void) {
    static pid_t (*bare)(void);
    static int looked;
    if (!looked) {
        *(void **)&bare = dlsym(RTLD_DEFAULT, "_Fork");
        looked = 1;
    }
    return bare ? bare() : fork();
}

/* When memory runs out in the group, the program goes before us: it inherits what is ours for this moment. */
static struct {
    int fd;
    char own[16];
    ssize_t size;
} score = {.fd = UNSET};

static int open_score(const struct slot *slot) {
    if (!(slot->flags & DIES_FIRST)) return 0;
    int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    if (fd < 0) return 0;
    score.fd = fcntl(fd, F_DUPFD_CLOEXEC, RULESET + 1); /* where no descriptor of a run will lie */
    close(fd);
    score.size = pread(score.fd, score.own, sizeof score.own, 0);
    return score.size > 0 ? 0 : -1;
}

static pid_t fork_program(void) {
    if (score.fd < 0) return plain_fork();
    if (pwrite(score.fd, "1000", 4, 0) != 4) return -1;
    pid_t child = plain_fork();
    if (child && pwrite(score.fd, score.own, (size_t)score.size, 0) != score.size) _exit(1);
    return child;
}

static void end_all(const struct slot *slot, pid_t child) {
    if (slot->flags & OWN_NAMESPACE) kill(-1, SIGKILL);
    else {
        kill(-child, SIGKILL);
        kill(child, SIGKILL);
    }
}

/* Wait for the child; on a word from the owner end it, and without an owner end everything. */
static void wait_for(const struct slot *slot, pid_t child, int pidfd) {
    struct pollfd polled[3] = {{pidfd, POLLIN, 0}, {slot->socket, POLLIN, 0}, {slot->owner, POLLIN, 0}};
    for (;;) {
        if (poll(polled, 3, -1) < 0) continue;
        if (polled[0].revents) return;
        char word[8];
        if (polled[2].revents || (polled[1].revents && recv(slot->socket, word, sizeof word, MSG_DONTWAIT) <= 0)) {
            end_all(slot, child);
            _exit(0);
        }
        if (polled[1].revents) end_all(slot, child);
    }
}

static struct {
    int valid;
    uint32_t disk_mb;
    struct stat folder;
    struct statvfs space;
} clean;

static int look(const char *scratch) { return stat(scratch, &clean.folder) || statvfs(scratch, &clean.space); }

static int is_clean(const char *scratch) {
    struct stat folder;
    struct statvfs space;
    if (stat(scratch, &folder) || statvfs(scratch, &space)) return 0;
    return !memcmp(&folder.st_mtim, &clean.folder.st_mtim, sizeof folder.st_mtim) &&
           !memcmp(&folder.st_ctim, &clean.folder.st_ctim, sizeof folder.st_ctim) &&
           folder.st_mode == clean.folder.st_mode && space.f_bfree == clean.space.f_bfree &&
           space.f_ffree == clean.space.f_ffree;
}

/* A scratch directory that nobody has used: the last one, where it shows no trace of use, or a new one over it. */
static int fresh_scratch(const struct slot *slot, uint32_t disk_mb) {
    if (!(slot->flags & OWN_NAMESPACE)) return 0;
    if (clean.valid && clean.disk_mb == disk_mb && is_clean(slot->scratch)) return 0;
    if (clean.valid && umount2(slot->scratch, MNT_DETACH)) return -1;
    clean.valid = 0;
    char options[64] = "mode=1777,nr_inodes=16384,size=", digits[16];
    int at = 0;
    for (uint32_t left = disk_mb; left; left /= 10) digits[at++] = (char)('0' + left % 10);
    char *end = options + strlen(options);
    while (at) *end++ = digits[--at];
    memcpy(end, "m", 2);
    if (mount("scratch", slot->scratch, "tmpfs", MS_NOSUID | MS_NODEV, options) || look(slot->scratch)) return -1;
    clean.disk_mb = disk_mb;
    clean.valid = 1;
    return 0;
}

/* What the child has left behind is killed, and waited for: dying slowly, it would be taken for a part of the next run. Whoever
 * lost its parent is a child of ours: without any, nothing is left. */
static void reap_rest(const struct slot *slot, pid_t child, struct reply *answer) {
    struct rusage used;
    if (waitid(P_ALL, 0, NULL, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD) return;
    if (slot->flags & OWN_NAMESPACE) kill(-1, SIGKILL);
    else if (child > 0) kill(-child, SIGKILL);
    while (wait4(-1, NULL, 0, &used) > 0 || errno == EINTR) {
        answer->others++;
        answer->cpu_us += (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
                          (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    }
}

static int receive(const struct slot *slot, struct request *ask, int *fds) {
    struct pollfd polled[2] = {{slot->socket, POLLIN, 0}, {slot->owner, POLLIN, 0}};
    while (poll(polled, 2, -1) < 0)
        if (errno != EINTR) _exit(1);
    if (polled[1].revents) _exit(0);
    char control[CMSG_SPACE(sizeof(int) * FDS)];
    struct iovec part = {ask, sizeof *ask};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(slot->socket, &message, MSG_CMSG_CLOEXEC);
    if (size <= 0) _exit(0);
    int count = 0;
    for (struct cmsghdr *part_of = CMSG_FIRSTHDR(&message); part_of; part_of = CMSG_NXTHDR(&message, part_of))
        if (part_of->cmsg_type == SCM_RIGHTS) {
            count = (int)((part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(fds, CMSG_DATA(part_of), (size_t)count * sizeof(int));
        }
    if (size == sizeof *ask && count == (int)ask->descriptors && count >= 4 && ask->filter < slot->filters) return count;
    for (int i = 0; i < count; i++) close(fds[i]);
    return 0; /* a word that came too late for the run that it was for */
}

int serve(struct slot *slot) {
    struct progress *at = mmap(NULL, sizeof *at, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED || read_limits() || open_score(slot)) _exit(1);
    int fds[FDS], parent = getpid();
    struct request ask;
    for (;;) {
        int count = receive(slot, &ask, fds);
        if (!count) continue;
        struct reply answer;
        memset(&answer, 0, sizeof answer);
        at->stage = at->error = 0;
        pid_t child = UNSET;
        if (fresh_scratch(slot, ask.disk_mb) == 0) child = fork_program();
        if (child == 0) {
            become_child(at, slot, &ask, fds, parent);
            if (ask.flags & DIRECT) {
                close(3);
                static char *const arguments[] = {"program", NULL};
                syscall(SYS_execveat, 4, "", arguments, environ, AT_EMPTY_PATH);
                _exit(126);
            }
            return 0;
        }
        for (int i = 0; i < count; i++) close(fds[i]);
        int pidfd = child > 0 ? (int)syscall(SYS_pidfd_open, child, 0) : UNSET;
        if (child < 0 || pidfd < 0) {
            answer.error = (uint32_t)errno;
            if (child > 0) end_all(slot, child);
        } else {
            wait_for(slot, child, pidfd);
            close(pidfd);
        }
        struct rusage used;
        memset(&used, 0, sizeof used);
        if (child > 0) {
            while (wait4(child, &answer.status, 0, &used) < 0 && errno == EINTR);
            answer.stage = at->stage;
            answer.error = at->error;
        }
        answer.cpu_us = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
                        (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
        answer.peak_kb = (uint64_t)used.ru_maxrss;
        reap_rest(slot, child, &answer);
        if (send(slot->socket, &answer, sizeof answer, MSG_NOSIGNAL) < 0) _exit(0);
        if (fresh_scratch(slot, ask.disk_mb)) _exit(1);
    }
}
