/* SPDX-License-Identifier: MIT
 * What floor.c needs of a C library, as bare system calls: no start-up code, no probing of the CPU,
 * nothing that a measurement of the least possible should contain. Linked with -nostdlib. */
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>

int main(int argc, char **argv, char **envp);
_Noreturn void bare_start(long *stack);

/* Declared here rather than by headers, which dress some of them up with unions and nonnull. */
ssize_t read(int fd, void *bytes, size_t len);
ssize_t write(int fd, const void *bytes, size_t len);
int socket(int domain, int type, int protocol);
int connect(int fd, const void *to, unsigned len);
int setsockopt(int fd, int level, int name, const void *value, unsigned len);
void *memcpy(void *restrict to, const void *restrict from, size_t len);

#if defined __x86_64__
__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call "
        "bare_start\n");

static long call(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined __aarch64__
__asm__(".globl _start\n_start:\n mov x29,#0\n mov x0,sp\n bl bare_start\n");

static long call(long number, long a, long b, long c, long d, long e)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "memory");
    return x0;
}
#else
#error "bare.c knows x86_64 and aarch64"
#endif

ssize_t read(int fd, void *bytes, size_t len)
{
    return call(SYS_read, fd, (long)bytes, (long)len, 0, 0);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    return call(SYS_write, fd, (long)bytes, (long)len, 0, 0);
}

int socket(int domain, int type, int protocol)
{
    return (int)call(SYS_socket, domain, type, protocol, 0, 0);
}

int connect(int fd, const void *to, unsigned len)
{
    return (int)call(SYS_connect, fd, (long)to, (long)len, 0, 0);
}

int setsockopt(int fd, int level, int name, const void *value, unsigned len)
{
    return (int)call(SYS_setsockopt, fd, level, name, (long)value, (long)len);
}

/* The compiler may call this one for a loop or an assignment. */
void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

/* stack: as the kernel leaves it: argc, argv..., NULL, envp..., NULL. */
void bare_start(long *stack)
{
    char **argv = (char **)(stack + 1);
    int status = main((int)stack[0], argv, argv + stack[0] + 1);
    for (;;)
        (void)call(SYS_exit_group, status, 0, 0, 0, 0);
}
