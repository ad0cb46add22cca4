// Makes node_modules of packages/*, as a package manager does for a workspace.
import { mkdir, readFile, readdir, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

for (const folder of (await readdir('packages')).sort()) {
  const { name } = JSON.parse(await readFile(join('packages', folder, 'package.json'), 'utf8'));
  const link = join('node_modules', name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(relative(dirname(link), join('packages', folder)), link);
}
