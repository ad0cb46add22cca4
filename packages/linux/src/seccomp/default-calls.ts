/**
 * System calls that a container may make whatever its capabilities, by what they are for. Left out on purpose, besides
 * what needs a capability (capability-calls.ts): io_uring (it goes round the filter), key rings (not namespaced),
 * userfaultfd (a help for races in the kernel), NUMA policy, and calls that are gone.
 */
const byPurpose: Readonly<Record<string, string>> = {
  files:
    'access chdir chmod chown chown32 close close_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 flock fstat fstat64 fstatat64 ftruncate ftruncate64 getcwd getdents getdents64 lchown lchown32 link linkat _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 readlink readlinkat rename renameat renameat2 rmdir stat stat64 statx symlink symlinkat truncate truncate64 umask unlink unlinkat',
  'file times and attributes':
    'fgetxattr file_getattr file_setattr flistxattr fremovexattr fsetxattr futimesat getxattr getxattrat lgetxattr listxattr listxattrat llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat utime utimensat utimensat_time64 utimes',
  'file systems': 'fstatfs fstatfs64 statfs statfs64 sync syncfs',
  'reading and writing':
    'copy_file_range fdatasync fsync ioctl pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv sendfile sendfile64 splice sync_file_range tee vmsplice write writev',
  'asynchronous input and output':
    'io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit',
  waiting:
    'epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 _newselect pause pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select',
  watching: 'fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch',
  memory:
    'brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages',
  processes:
    'execve execveat exit exit_group fork getpgid getpgrp getpid getppid getsid gettid kill pidfd_open pidfd_send_signal prctl rseq setpgid setsid tgkill tkill vfork wait4 waitid waitpid',
  'tracing within the container': 'process_vm_readv process_vm_writev ptrace',
  threads:
    'futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list get_thread_area getcpu set_robust_list set_thread_area set_tid_address',
  users:
    'getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32',
  'own confinement':
    'capget capset landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp',
  signals:
    'restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack signalfd signalfd4 sigprocmask sigreturn',
  scheduling:
    'getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield setpriority setrlimit ugetrlimit',
  time: 'adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times',
  'messages between processes':
    'ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget',
  // socketcall passes its arguments in memory, which a filter cannot read: 32-bit programs need it.
  sockets:
    'accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall',
  'the system': 'getrandom sysinfo uname',
};

/** The same on machines of one kind, in Go's names. */
export const callsByArchitecture: Readonly<Record<string, string>> = {
  amd64: 'arch_prctl modify_ldt',
  arm64: 'arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2',
};

export const callsForAll: readonly string[] = Object.values(byPurpose).flatMap((names) =>
  names.split(' '),
);
