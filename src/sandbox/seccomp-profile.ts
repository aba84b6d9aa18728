/**
 * The system calls of a step, ours and not the engine's: the same on every engine, and Engine 20.10's own lets a step
 * reach the hypervisor through AF_VSOCK (tried). Everything in Linux 6.1's table for x86-64 but what changes the
 * machine (modules, mounts, namespaces, clocks, names, quotas), what looks into others (bpf, perf, kcmp, keyrings), what
 * is not there on every kernel (io_uring, landlock), and what nobody uses any more.
 */
const ALLOWED = `
  accept accept4 access alarm arch_prctl bind brk capget capset chdir chmod chown clock_getres clock_gettime clock_nanosleep close
  close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait
  eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchown fchownat fcntl
  fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_waitv futimesat
  get_robust_list getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid
  getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr
  inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit ioctl
  ioprio_get ioprio_set kill lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise
  membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap modify_ldt mprotect mq_getsetattr mq_notify
  mq_open mq_timedreceive mq_timedsend mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat
  open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv
  preadv2 prlimit64 pselect6 ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg
  remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask
  rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min
  sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
  sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto set_robust_list
  set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid
  setsockopt setuid setxattr shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 socketpair splice stat statfs statx
  symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime
  timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes
  vfork vmsplice wait4 waitid write writev
`;

/** Address families (socket(2)): unix, inet, inet6, netlink. All of them end at the step's own network namespace. */
const FAMILIES = [1, 2, 10, 16];

/** personality(2): plain Linux, 32 bits in `uname -m`, no address randomization, and asking. */
const PERSONALITIES = [0, 0x8, 0x4_0000, 0xffff_ffff];

/** clone(2): NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e02_0000;

const ENOSYS = 38;

const firstIs = (name: string, value: number): object =>
  ({ names: [name], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] });

/** The same with an old version in `uname -r` (UNAME26): varied runs may be told of another kernel, builds not. */
const VARIED_PERSONALITIES = [...PERSONALITIES, 0x2_0000, 0x6_0000];

/** In the engine's format. Only x86-64: through 32-bit calls the family of a socket could not be told. */
const profileWith = (personalities: readonly number[]): string => JSON.stringify({
  defaultAction: 'SCMP_ACT_ERRNO',
  architectures: ['SCMP_ARCH_X86_64'],
  syscalls: [
    { names: ALLOWED.trim().split(/\s+/), action: 'SCMP_ACT_ALLOW' },
    ...FAMILIES.map((family) => firstIs('socket', family)),
    ...personalities.map((personality) => firstIs('personality', personality)),
    { names: ['clone'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }] },
    // Its flags lie in memory, where a filter cannot look: libraries go back to clone.
    { names: ['clone3', 'io_uring_setup', 'landlock_create_ruleset'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ],
});

export const SECCOMP_PROFILE: string = profileWith(PERSONALITIES);
export const VARIED_SECCOMP_PROFILE: string = profileWith(VARIED_PERSONALITIES);
