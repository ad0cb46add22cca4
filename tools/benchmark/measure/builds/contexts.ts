import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const million = 1_000_000;

const several = `FROM busybox
WORKDIR /work
COPY data data
RUN cat data/* | sha256sum >sum
RUN mkdir out && for i in $(seq 200); do echo $i >out/$i; done
RUN head -c 2000000 /dev/zero >zeros && rm -r data
COPY notes /notes
RUN wc -c </notes >length
CMD ["cat", "sum"]
`;

/** A context of 4 MB in 40 files, like no other. */
export async function severalSteps(directory: string): Promise<void> {
  await mkdir(join(directory, 'data'), { recursive: true });
  await writeFile(join(directory, 'Dockerfile'), several);
  await writeFile(join(directory, 'notes'), randomBytes(1000).toString('hex'));
  for (let at = 0; at < 40; at += 1)
    await writeFile(join(directory, 'data', `${at}`), randomBytes(million / 10));
}

const many = `FROM busybox
COPY . /source
RUN find /source -type f | wc -l >/count
`;

/** 10,000 files of a kilobyte in 100 directories. */
export async function manyFiles(directory: string): Promise<void> {
  for (let at = 0; at < 100; at += 1) {
    const folder = join(directory, `part-${at}`);
    await mkdir(folder, { recursive: true });
    for (let file = 0; file < 100; file += 1)
      await writeFile(join(folder, `file-${file}.ts`), line(`${at} ${file}`).repeat(15));
  }
  await writeFile(join(directory, 'Dockerfile'), many);
}

function line(text: string): string {
  return `${createHash('sha256').update(text).digest('hex')}\n`;
}

export const stages = 10;

/** Ten stages that wait half a second each, and one that takes something of each. */
export async function parallelStages(directory: string): Promise<void> {
  const numbers = Array.from({ length: stages }, (_, at) => at);
  const text = [
    ...numbers.map(
      (at) => `FROM busybox AS s${at}\nARG ROUND\nRUN sleep 0.5 && echo $ROUND >/s${at}`,
    ),
    'FROM busybox',
    ...numbers.map((at) => `COPY --from=s${at} /s${at} /`),
  ];
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'Dockerfile'), `${text.join('\n')}\n`);
}

/** One file of that many bytes, which no compression makes smaller. */
export async function largeFile(directory: string, bytes: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'Dockerfile'), 'FROM busybox\nCOPY large /large\n');
  await using file = await open(join(directory, 'large'), 'wx');
  for (let written = 0; written < bytes; written += million) await file.write(randomBytes(million));
}
