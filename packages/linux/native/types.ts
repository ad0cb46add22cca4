/** A path as the kernel sees it: bytes. Strings are encoded as UTF-8. A NUL byte inside is refused. */
export type KernelPath = string | Uint8Array;

/** Nanosecond-exact time, as in timespec(3). */
export interface Timespec {
  readonly sec: bigint;
  readonly nsec: number;
}

/** struct stat, stat(2). Sizes, devices and times are exact up to 2^53. */
export interface FileStatus {
  /** Type and permission bits, inode(7). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly size: number;
  /** Blocks of 512 bytes that are allocated. */
  readonly blocks: number;
  /** The file system that holds it, and its number there. */
  readonly device: number;
  readonly inode: bigint;
  /** Of the device that it is, for device nodes. */
  readonly major: number;
  readonly minor: number;
  readonly mtimeSec: number;
  readonly mtimeNsec: number;
}

/** What waitpid(2) reported of a process that ended. */
export interface WaitStatus {
  readonly pid: number;
  /** Exit code when it ended by itself, else undefined. */
  readonly code: number | undefined;
  /** Signal number when a signal ended it, else undefined. */
  readonly signal: number | undefined;
}

export interface SpawnDetachedOptions {
  /** Absolute path of the executable. */
  readonly file: string;
  /** argv, argv[0] included. */
  readonly argv: readonly string[];
  /** The whole environment, `KEY=value`. */
  readonly env: readonly string[];
  readonly cwd: string;
  /** What becomes descriptors 0, 1, 2 of the child; a missing one is /dev/null. */
  readonly stdio?: readonly [number | undefined, (number | undefined)?, (number | undefined)?];
  /** Give the child a mount namespace of its own, as a slave of ours (changes of the host flow in, none out). */
  readonly newMountNamespace?: boolean;
  /** Paths to unmount (MNT_DETACH) inside that namespace; errors are ignored. */
  readonly unmount?: readonly string[];
  /** `cgroup.procs`/`tasks` files that the child writes "0" into before exec; errors are ignored. */
  readonly cgroupProcs?: readonly string[];
  /** Written to the child's oom_score_adj; errors are ignored. */
  readonly oomScoreAdj?: number;
}

export interface OverlayMountOptions {
  /** Lower directories, topmost first. */
  readonly lower: readonly string[];
  /** Both or none: without them the mount is read-only. */
  readonly upper?: string;
  readonly work?: string;
  readonly target: string;
  /** Further options such as `metacopy=off`, `volatile`. */
  readonly options?: readonly string[];
  /** Mount attributes (MOUNT_ATTR_*), e.g. nodev is 0x4. */
  readonly attributes?: number;
}

export interface SeccompArg {
  readonly index: number;
  readonly op: 'ne' | 'lt' | 'le' | 'eq' | 'ge' | 'gt' | 'masked-eq';
  readonly value: bigint;
  /** The datum of masked-eq (value is then the mask). */
  readonly valueTwo?: bigint;
}

export interface SeccompRule {
  readonly names: readonly string[];
  /** SECCOMP_RET_* value, errno included (SECCOMP_RET_ERRNO | errno). */
  readonly action: number;
  readonly args?: readonly SeccompArg[];
}

export interface SeccompProgram {
  /** struct sock_filter[] in the machine's byte order. */
  readonly bpf: Uint8Array;
  /** Syscall names that this libseccomp does not know. */
  readonly unknown: readonly string[];
}

/** A network namespace: an open descriptor of it, or a path to open. */
export type NetworkNamespace = number | KernelPath;

/** Something that lives in the addon until it is collected. */
export interface NativeHandle {
  readonly nativeHandle: never;
}

/** What the kernel answered to a sequence of netlink messages. */
export interface NetlinkAnswers {
  /** Messages of dumps and of questions, each with its header, in order. */
  readonly answers: readonly Uint8Array[];
  /** Messages that it refused, by their sequence number; errors as of any other call, with the kernel's words. */
  readonly refusals: readonly {
    readonly sequence: number;
    readonly error: NodeJS.ErrnoException;
  }[];
}

export interface NftAnswer {
  /** Whether all of it was; otherwise nothing was. */
  readonly applied: boolean;
  readonly output: string;
  readonly error: string;
}

/**
 * The raw system calls that Node and Bun lack; the only place in Wharf that makes them. Each call is synchronous
 * on the calling thread unless it returns a promise, and throws a `SystemError` (an Error with `code` such as
 * "ENOENT", `errno` (positive number) and `syscall`). Descriptors that are returned are O_CLOEXEC and owned by the caller.
 */
export interface Native {
  /** mount(2). `flags` are MS_*. */
  mount(
    source: KernelPath | null,
    target: KernelPath,
    fstype: string | null,
    flags: number,
    data: string | null,
  ): void;
  /** umount2(2). `flags` are MNT_*. */
  umount(target: KernelPath, flags: number): void;
  /** An overlay mounted with fsopen(2)/fsconfig(2) (any number of lower directories, no page-size limit), falling back to mount(2) with /proc/self/fd paths on kernels without `lowerdir+`. */
  overlayMount(options: OverlayMountOptions): void;
  /** The same as a mount that is nowhere, which ends when its descriptor is closed, where `canDetachOverlay`. */
  overlayDetached(options: Omit<OverlayMountOptions, 'target'>): number;
  /** Whether this kernel takes layers one by one (Linux 6.8): an overlay then needs no place in the tree of mounts. */
  canDetachOverlay(): boolean;
  /** open_tree(2) with OPEN_TREE_CLONE (AT_RECURSIVE if `recursive`): a detached copy of a mount. */
  openTree(path: KernelPath, recursive: boolean): number;
  /** move_mount(2) of a detached mount onto the object that `targetFd` (O_PATH) refers to. */
  moveMount(treeFd: number, targetFd: number): void;
  /** mount_setattr(2) on the mount that `fd` refers to. */
  mountSetattr(
    fd: number,
    recursive: boolean,
    set: number,
    clear: number,
    propagation: number,
  ): void;

  /**
   * The unpack jail: unshare(CLONE_FS|CLONE_NEWNS), make / private, bind `dir` on itself with nodev, nosuid and noexec,
   * chdir(dir), chroot("."). Concerns the calling thread only, which can never leave it.
   */
  enterJail(dir: KernelPath): void;
  /**
   * chroot(2) into the directory that `fd` refers to, for a thread that has unshared CLONE_FS. Without CAP_SYS_CHROOT
   * and descriptors of directories outside it cannot be left.
   */
  chroot(fd: number): void;
  /** unshare(2) for the calling thread. */
  unshare(flags: number): void;
  /** setns(2) for the calling thread. */
  setns(fd: number, nstype: number): void;

  /** openat2(2): `resolve` are RESOLVE_*; dirfd -100 is AT_FDCWD. */
  openat2(dirfd: number, path: KernelPath, flags: number, mode: number, resolve: number): number;
  close(fd: number): void;
  mkdirat(dirfd: number, path: KernelPath, mode: number): void;
  mknodat(dirfd: number, path: KernelPath, mode: number, major: number, minor: number): void;
  symlinkat(target: KernelPath, dirfd: number, path: KernelPath): void;
  linkat(
    oldDirfd: number,
    oldPath: KernelPath,
    newDirfd: number,
    newPath: KernelPath,
    flags: number,
  ): void;
  unlinkat(dirfd: number, path: KernelPath, flags: number): void;
  renameat2(
    oldDirfd: number,
    oldPath: KernelPath,
    newDirfd: number,
    newPath: KernelPath,
    flags: number,
  ): void;
  readlinkat(dirfd: number, path: KernelPath): Uint8Array;
  fchownat(dirfd: number, path: KernelPath, uid: number, gid: number, flags: number): void;
  /** fchmodat2(2), never through a final symbolic link (ENOTSUP); with an empty path the file that `dirfd` is, O_PATH or not. */
  fchmodat(dirfd: number, path: KernelPath, mode: number): void;
  utimensat(dirfd: number, path: KernelPath, atime: Timespec, mtime: Timespec, flags: number): void;
  lsetxattr(path: KernelPath, name: KernelPath, value: Uint8Array): void;
  /** null when there is no attribute of that name (ENODATA). */
  lgetxattr(path: KernelPath, name: KernelPath): Uint8Array | null;
  llistxattr(path: KernelPath): Uint8Array[];
  fsetxattr(fd: number, name: KernelPath, value: Uint8Array): void;

  /** All names in a directory but `.` and `..`, unordered; each char is one byte (latin1). `fd` may be O_PATH. */
  readDirectory(fd: number): string[];
  /**
   * fstatat(2) that follows no link anywhere and stays beneath `dirfd`; '' is what `dirfd` is. null when the name is
   * missing, or a component on the way is not a directory.
   */
  statAt(dirfd: number, path: KernelPath): FileStatus | null;
  /** A regular file for reading, found as `statAt` does; null when missing or anything else, which is then not opened. */
  openRegular(dirfd: number, path: KernelPath): number | null;
  /**
   * What `openRegular` would open, its content put into `target`, if it has one name, no attributes and fits; else `read` is -1. It
   * `changed` when it got shorter or longer meanwhile: `size` is what it was before.
   */
  readPlainFile(
    dirfd: number,
    path: KernelPath,
    target: Uint8Array,
  ): (FileStatus & { readonly read: number; readonly changed: boolean }) | null;
  /** Names of the attributes (latin1) of what `statAt` would look at; none where the file system has none. */
  listxattrAt(dirfd: number, path: KernelPath): string[];
  /** null when there is no attribute of that name. Needs /proc before Linux 6.13, as `listxattrAt` does. */
  getxattrAt(dirfd: number, path: KernelPath, name: KernelPath): Uint8Array | null;
  /** Takes an attribute from one entry of a directory ('' is the directory itself), never through a link; a missing one is fine. */
  removexattrAt(dirfd: number, name: KernelPath, attribute: KernelPath): void;

  /**
   * Copies what is in one directory into another that is empty, off the calling thread: owners, modes, times, attributes,
   * hard links and holes; FICLONE shares blocks where the file system can, and `reflink` rejects with EOPNOTSUPP or EXDEV
   * where it cannot. Both sides are walked by descriptor, links are not followed and mounts not entered. Resolves with
   * the number of entries. The descriptors are copied at the call.
   */
  copyTree(fromFd: number, toFd: number, reflink: boolean): Promise<number>;
  /**
   * All of one open regular file into another that is empty, with shared blocks where the file system can, in the kernel
   * where that can; holes stay holes. Neither has to be at its start. The number of bytes, holes included.
   */
  copyContent(fromFd: number, toFd: number): number;
  /**
   * A new file `name` (one component) in a directory, with the content of the file `path` below `fromFd`, or of `fromFd`
   * itself for ''; as `copyContent` else. `seconds` are its times. EEXIST where something has the name, ENODATA where there is
   * no file at `path`; one that fails later stays, for the caller to remove.
   */
  placeFile(
    fromFd: number,
    path: KernelPath,
    dirFd: number,
    name: KernelPath,
    uid: number,
    gid: number,
    mode: number,
    seconds: number,
  ): void;
  /**
   * Tells the file system that the directories in this one have nothing to do with each other (FS_TOPDIR_FL, the T of
   * chattr(1)), so that it spreads them over the disk. False where it does not know that.
   */
  spreadDirectories(directory: KernelPath): boolean;
  /** Whether files in this directory can share blocks, ioctl_ficlone(2). */
  canReflink(directory: KernelPath): boolean;
  /**
   * Makes an empty directory the top of a project (a number that no other has) which holds no more than so many bytes:
   * ioctl_fs(2), quotactl_fd(2). Zero bytes lift the limit. Fails where the file system enforces no project quotas.
   */
  limitDirectory(directory: KernelPath, project: number, bytes: bigint): void;
  /**
   * mount_setattr(2) with MOUNT_ATTR_IDMAP on a detached mount; `uids` and `gids` are the lines of uid_map and gid_map,
   * user_namespaces(7). EINVAL where the file system has no such mounts.
   */
  idmapMount(treeFd: number, recursive: boolean, uids: string, gids: string): void;

  /** flock(2) with LOCK_NB: false when another open file holds it. Kept until the descriptor closes. */
  flock(fd: number, exclusive: boolean): boolean;
  /**
   * syncfs(2), off the calling thread: what was written before to the file system of a directory is on its disk. Rejects
   * with EIO or ENOSPC also when an earlier write that nobody was told of could not reach it.
   */
  syncfs(directory: KernelPath): Promise<void>;

  /** clone(CLONE_VFORK|CLONE_VM) + exec: a session leader of its own that does not cost a copy of our page tables. All other descriptors stay closed in it. */
  spawnDetached(options: SpawnDetachedOptions): number;
  /** waitpid(2) with WNOHANG; null while it runs. ECHILD is thrown. */
  waitpid(pid: number): WaitStatus | null;
  pidfdOpen(pid: number): number;
  pidfdSendSignal(pidfd: number, signal: number): void;
  prctl(option: number, arg2: number, arg3: number, arg4: number, arg5: number): number;
  setrlimit(resource: number, soft: bigint, hard: bigint): void;
  /** capset(2) for the calling thread: of its effective and permitted capabilities those whose bit (1 << CAP_*, below 2^53) is in `kept` stay. */
  keepCapabilities(kept: number): void;

  /**
   * madvise(2) with MADV_DONTNEED on what of the running program's own file is mapped and never writable: code and
   * constants leave this process, and come back from the page cache, some microseconds each, when they are used again.
   * For a process that will be idle.
   */
  dropProgramPages(): void;
  /** malloc_trim(3): free memory in the middle of the heap of libc goes back too. Some milliseconds for a large heap. */
  trimHeap(): void;

  /** SO_PEERCRED of a connected unix socket. */
  peerCredentials(fd: number): { readonly pid: number; readonly uid: number; readonly gid: number };
  /** SO_SNDBUFFORCE, or SO_SNDBUF as far as that is allowed: how much waits in the kernel for a slow peer (socket(7) doubles it). */
  setSendBuffer(fd: number, bytes: number): void;
  /**
   * One message with at most one descriptor (SCM_RIGHTS) from a unix socket; blocks at most `timeoutMs` (-1: for
   * ever), then ETIMEDOUT. `fd` is -1 when none came, `data` empty at the end of the stream. EMSGSIZE (and nothing
   * leaks) when several descriptors came.
   */
  receiveFd(
    socketFd: number,
    timeoutMs: number,
  ): { readonly fd: number; readonly data: Uint8Array };
  /** `data` with one descriptor; it must not be empty. */
  sendFd(socketFd: number, fd: number, data: Uint8Array): void;
  /**
   * A listening AF_UNIX stream socket (O_NONBLOCK) at `path`, 0600 from its first moment whatever the umask; for code
   * whose runtime hides descriptors of its sockets. EADDRINUSE when the path exists, ENAMETOOLONG past 107 bytes.
   */
  unixListen(path: string, backlog: number): number;
  /** A connected, blocking AF_UNIX stream socket. */
  unixConnect(path: string): number;
  /** accept4(2), waiting at most `timeoutMs` (-1: for ever), then ETIMEDOUT. The new socket blocks. */
  accept(listenFd: number, timeoutMs: number): number;

  openPty(): { readonly master: number; readonly slave: number };
  setWindowSize(fd: number, rows: number, columns: number): void;
  getWindowSize(fd: number): { readonly rows: number; readonly columns: number };
  /** pipe2(2) with O_CLOEXEC. */
  pipe(): { readonly read: number; readonly write: number };
  /** fcntl(2): O_NONBLOCK on the open file description, which every copy of the descriptor shares. */
  setNonblocking(fd: number): void;
  /** fcntl(2), F_SETPIPE_SZ: how much the pipe holds, as the kernel rounds it up. */
  setPipeSize(fd: number, bytes: number): number;

  /**
   * One netlink request (or a batch of them) and all its answers, each with its header; the closing NLMSG_DONE or ack
   * is left out. A request that asks for neither an ack nor a dump gets NLM_F_ACK added. An error of the kernel is
   * thrown with its own words in the message. `protocol` is NETLINK_*. ETIMEDOUT after 10 s of silence.
   */
  netlinkRequest(protocol: number, message: Uint8Array): Uint8Array[];

  /**
   * A sequence of netlink messages in one send over an open netlink socket, off the calling thread. Each message asks for
   * an ack or a dump and has a sequence number of its own; the kernel goes on after one that it refuses. The descriptor is
   * copied at the call. One exchange at a time on a socket. Rejects with ETIMEDOUT after `timeoutMs` of silence, with ENOBUFS
   * when answers were lost: the socket is then of no further use.
   */
  netlinkExchange(fd: number, messages: Uint8Array, timeoutMs: number): Promise<NetlinkAnswers>;
  /**
   * Joins multicast groups with a netlink socket and calls back with the messages of each datagram, or null when some were
   * lost, until `netlinkUnlisten`. Of each message the first `bytes` are given (default 16, its struct nlmsghdr), filled up
   * to a multiple of four. Does not keep the process alive.
   */
  netlinkListen(
    fd: number,
    groups: readonly number[],
    heard: (messages: Uint8Array | null) => void,
    bytes?: number,
  ): NativeHandle;
  /** Once it returns nothing is called any more. Idempotent. */
  netlinkUnlisten(listener: NativeHandle): void;

  /**
   * A new network namespace, made by a thread of its own: `settings` (as of `sysctlsInNetns`; those that this kernel lacks
   * are passed over) are written, then its loopback is up. The descriptor keeps it alive.
   */
  netnsCreate(settings: readonly (readonly [string, string])[]): Promise<number>;
  /** Bind-mounts the namespace onto a file, made if missing, so that it lives on without descriptors and processes. */
  netnsPin(namespace: NetworkNamespace, path: KernelPath): Promise<void>;
  /** Undoes `netnsPin`, with umount2(MNT_DETACH) and unlink(2). A missing one is fine. */
  netnsUnpin(path: KernelPath): Promise<void>;
  /** socket(2) in the namespace, which it stays in; null is our own. `type` and `protocol` are the kernel's numbers. */
  socketInNetns(
    namespace: NetworkNamespace | null,
    domain: number,
    type: number,
    protocol: number,
  ): Promise<number>;
  /** Writes keys below /proc/sys (with slashes) in the namespace; answers 0 or an errno for each. Callers check the keys. */
  sysctlsInNetns(
    namespace: NetworkNamespace | null,
    settings: readonly (readonly [string, string])[],
  ): Promise<number[]>;
  /** bind(2) to an IPv4 or IPv6 address as text; a socket of IPv6 takes no IPv4 (IPV6_V6ONLY). */
  bindSocket(fd: number, address: string, port: number): void;
  /**
   * A socket bound (and, for streams, listening) for a moment: rejects with EADDRINUSE when somebody holds the port,
   * EADDRNOTAVAIL when the address is not of this host. Connections left in TIME_WAIT are no holders.
   */
  tryBind(
    namespace: NetworkNamespace | null,
    address: string,
    port: number,
    type: number,
    protocol: number,
  ): Promise<void>;

  /**
   * libnftables(3), by dlopen of libnftables.so.1, with a socket in the namespace (null: ours). Rejects with ENOENT where
   * the library is missing. `portIds` are the netlink ports of this process's netfilter sockets (nlmsg_pid of what they do).
   */
  nftOpen(
    namespace: NetworkNamespace | null,
  ): Promise<{ readonly context: NativeHandle; readonly portIds: readonly number[] }>;
  /** Commands in nft's language as one transaction, off the calling thread, one at a time in the process. */
  nftRun(context: NativeHandle, commands: string, json: boolean): Promise<NftAnswer>;

  /**
   * A profile compiled by libseccomp (dlopen of libseccomp.so.2), off the calling thread. Rejects with code "ENOENT"
   * where the library is missing. Architectures are named as in the runtime spec (SCMP_ARCH_X86_64) or by libseccomp
   * (x86_64), added to the machine's own. The arguments of a rule hold together, except that a rule that tests one
   * argument twice is split into a rule per test (as runc does). A rule whose action is the default one is left out.
   */
  compileSeccomp(
    defaultAction: number,
    architectures: readonly string[],
    rules: readonly SeccompRule[],
  ): Promise<SeccompProgram>;
}
