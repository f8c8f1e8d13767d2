"""Shuts the running process in, for good: no files, no network, no other programs or processes, bounded resources.

The wall is a seccomp filter that lets through the few system calls that computing on already open descriptors needs;
everything else fails with EPERM, system calls of future kernels among it. It needs no privilege, no user namespaces
and no helper program: only libseccomp.so.2, which apt itself depends on.
"""

import ctypes
import os
import resource

MEMORY = 768 * 1024 * 1024
NOBODY = 65534

_ALLOWED = """
    read readv pread64 write lseek _llseek close fstat fstat64 newfstatat dup fcntl fcntl64 ioctl
    brk mmap mmap2 munmap mremap mprotect madvise futex futex_time64
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall
    clock_gettime clock_gettime64 clock_getres gettimeofday time getrandom
    getpid gettid getuid geteuid getgid getegid sched_yield sched_getaffinity sysinfo uname getrusage
    set_robust_list rseq exit exit_group
"""
# newfstatat with AT_EMPTY_PATH is how glibc spells fstat; with a path it tells sizes and times but opens nothing.
_ALLOW, _EPERM = 0x7FFF0000, 0x00050000 | 1


class NoCage(Exception):
    """The process could not be shut in; it must not touch the bytes."""


def shut(answer_bytes: int, cpu_seconds: int) -> None:
    """From here on the process can read descriptor 0, write `answer_bytes` to descriptor 1, compute for `cpu_seconds`
    in all, and end.

    Import everything first: no module can be loaded afterwards. Raises NoCage.
    """
    try:
        for limit, value in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CPU, cpu_seconds),
            (resource.RLIMIT_FSIZE, answer_bytes),
            (resource.RLIMIT_NOFILE, 16),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NPROC, 0),
        ):
            resource.setrlimit(limit, (value, value))
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        _filter_system_calls()
    except (OSError, ValueError, AttributeError) as fault:
        raise NoCage(str(fault)) from fault
    _prove()


def _filter_system_calls() -> None:
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_EPERM))
    if not context:
        raise OSError("seccomp_init failed")
    for name in _ALLOWED.split():
        number = library.seccomp_syscall_resolve_name(name.encode())
        # names that this processor does not have resolve to negative numbers
        if number >= 0 and library.seccomp_rule_add(context, _ALLOW, number, 0):
            raise OSError(f"seccomp_rule_add failed for {name}")
    if code := library.seccomp_load(context):  # sets "no new privileges" as well
        raise OSError(f"seccomp_load failed with {code}")


def _prove() -> None:
    """A filter that does not bite is no filter."""
    try:
        os.open("/", os.O_RDONLY)
    except PermissionError:
        return
    raise NoCage("the filter is loaded but does not bite")
