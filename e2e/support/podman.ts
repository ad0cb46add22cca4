import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { leaks, newFolders, sweep, tempDir } from '@wharf/testing';
import { Tool } from './tool.js';

/** Its own defaults ask for limits above those that a host without CAP_SYS_RESOURCE can give. */
const configuration = (work: string): string => `
[containers]
default_ulimits = ["nofile=1024:20000", "nproc=32768:32768"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${work}/tmp"
[network]
network_backend = "netavark"
network_config_dir = "${work}/networks"
`;

/** Debian's podman and buildah on one root of their own; disposing fails if the host still holds anything of them. */
export interface Podman extends AsyncDisposable {
  readonly podman: Tool;
  readonly buildah: Tool;
  /** `podman run` with these arguments, removed at its end. */
  readonly run: (args: readonly string[]) => ReturnType<Tool['cli']>;
  /** For files of the test; goes with the rest. */
  readonly work: string;
}

export async function podmanOnItsOwn(): Promise<Podman> {
  await using undo = new AsyncDisposableStack();
  const folder = await tempDir('wharf-interop-podman-');
  const work = folder.path;
  const id = basename(work);
  const scope = { id, roots: [work], cgroupParent: `/${id}` };
  undo.defer(() => leaks(scope));
  undo.use(newFolders('/run/containers', '/run/containers/networks', '/run/libpod'));
  undo.use(folder);
  undo.defer(() => sweep(scope));

  const config = join(work, 'containers.conf');
  await writeFile(config, configuration(work));
  const env = { CONTAINERS_CONF: config, TMPDIR: work, HOME: work, XDG_RUNTIME_DIR: '' };
  const roots = ['--root', join(work, 'root'), '--runroot', join(work, 'run')];
  const podman = new Tool('podman', [...roots, '--runtime', 'runc'], env);
  const buildah = new Tool('buildah', roots, env);
  undo.defer(async () => {
    await buildah.ok(['rm', '--all']);
    await podman.ok(['rm', '--all', '--force', '--time', '0']);
  });
  const own = ['run', '--rm', '--network', 'none', '--cgroup-parent', scope.cgroupParent];
  const end = undo.move();
  return {
    podman,
    buildah,
    run: (args) => podman.cli([...own, ...args]),
    work,
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}
