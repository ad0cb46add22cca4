const unlimited = -1n;

/** Words of proc(5) limits by ulimit name. */
const names: Readonly<Record<string, string>> = {
  core: 'Max core file size',
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  locks: 'Max file locks',
  memlock: 'Max locked memory',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  nofile: 'Max open files',
  nproc: 'Max processes',
  rss: 'Max resident set',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
  sigpending: 'Max pending signals',
  stack: 'Max stack size',
};

/** Hard limits in a proc(5) limits file by ulimit name; -1 is unlimited. */
export function parseHardLimits(text: string): Readonly<Record<string, bigint>> {
  const limits: Record<string, bigint> = {};
  const lines = text.split('\n');
  for (const [name, title] of Object.entries(names)) {
    const line = lines.find((each) => each.startsWith(title));
    const hard = line?.slice(title.length).trim().split(/\s+/)[1];
    if (hard === 'unlimited') limits[name] = unlimited;
    else if (hard !== undefined && /^\d+$/.test(hard)) limits[name] = BigInt(hard);
  }
  return limits;
}
