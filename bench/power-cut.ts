// This program cuts the power of the disk under a whole server, in bursts of presses and in starts, and looks for losses. The
// data folder is on an ext4 file system of its own (in a file), which is shut down in the middle of its work: what was not forced to
// disk by then is lost, as in a real power cut. What a disk does that lies about having written is not shown. Linux, root.
//   node power-cut.ts [how many cuts]
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openDatabase } from '@hindsight/db/database';
import { openOwnServer } from '@hindsight/db/own-server/own-server';
import {
  launchServerProcess,
  startServerProcess,
  type ServerProcess,
} from '@hindsight/server/cluster/testing/server-process';
import {
  addPressers,
  findLosses,
  pressTogether,
  serverSettings,
} from '@hindsight/server/testing/pressing-people';
import { GiB } from '@hindsight/shared/units';

const run = promisify(execFile);

const CUTS = Number(process.argv[2] ?? 20);
/** The file system is made anew after so many cuts, because all clips are read after each. */
const CUTS_PER_FILE_SYSTEM = 10;
const LATEST_CUT_IN_START_MS = 2500;
const DISK_BYTES = 4 * GiB;
/** EXT4_IOC_SHUTDOWN without writing the journal first, as xfstests' `shutdown -n` does. Node has no ioctl; Perl is everywhere. */
const SHUT_DOWN =
  'my $how = pack("L", 2); open(my $file, "<", $ARGV[0]) or die $!; ioctl($file, 0x8004587D, $how) or die $!';

/** A disk is a file with a file system in it. */
class Disk {
  readonly #file: string;
  readonly root: string;

  constructor(home: string) {
    this.#file = join(home, 'disk');
    this.root = join(home, 'root');
  }

  async format(): Promise<void> {
    await writeFile(this.#file, '');
    await truncate(this.#file, DISK_BYTES);
    await run('mkfs.ext4', ['-q', '-F', this.#file]);
    await mkdir(this.root, { recursive: true });
    await this.mount();
  }

  mount = () => run('mount', ['-o', 'loop', this.#file, this.root]);

  /** From then on nothing is written, and everybody gets an error. */
  cut = () => run('perl', ['-e', SHUT_DOWN, join(this.root, 'present')]);

  /** Waits until the last process that uses it has ended. */
  async unmount(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await run('umount', [this.root]);
        return;
      } catch (error) {
        if (attempt > 200) throw error;
        await sleep(100);
      }
    }
  }
}

const home = await mkdtemp(join(tmpdir(), 'hindsight-power-cut-'));
// PostgreSQL runs as another user than root, and its folder must be on the disk.
await chmod(home, 0o755);
const pristine = join(home, 'pristine');
const disk = new Disk(home);
const dataDir = join(disk.root, 'data');
let server: ServerProcess | undefined;
let accepted: string[] = [];
const counts = { burst: 0, start: 0, accepted: 0, lost: 0 };

async function begin(): Promise<void> {
  await disk.format();
  await writeFile(join(disk.root, 'present'), '');
  await run('cp', ['-a', pristine, dataDir]);
  await run('sync', ['-f', disk.root]);
  accepted = [];
  server = await startServerProcess(serverSettings(dataDir));
}

async function end(): Promise<void> {
  await server?.kill();
  server = undefined;
  await disk.unmount();
}

/** Cuts the power while people press, or while a server starts that had been killed at that. */
async function cut(kind: 'burst' | 'start'): Promise<void> {
  if (server === undefined) throw new Error('no server runs');
  const { underWay, done } = pressTogether(server.origin, people, accepted);
  await underWay;
  if (kind === 'burst') {
    await disk.cut();
    await server.kill();
  } else {
    await server.kill();
    const starting = launchServerProcess(serverSettings(dataDir));
    await sleep(Math.random() * LATEST_CUT_IN_START_MS);
    await disk.cut();
    await starting.kill();
    await starting.ready.catch(() => undefined);
  }
  // Whoever got an answer, however late, was told of a clip.
  await done;
  await disk.unmount();
  await disk.mount();
}

function figures(): string {
  const { burst, start, accepted: told, lost } = counts;
  return `${burst} cuts in bursts, ${start} in starts, ${told} accepted clips, ${lost} losses`;
}

/** Starts again on what is left. */
async function check(): Promise<string[]> {
  server = await startServerProcess(serverSettings(dataDir));
  const own = await openOwnServer(join(dataDir, 'postgres'));
  const database = await openDatabase(own.url);
  try {
    return await findLosses(dataDir, database, accepted);
  } finally {
    await database.close();
  }
}

const people = await addPressers(pristine);
try {
  for (let number = 0; number < CUTS; number++) {
    if (number % CUTS_PER_FILE_SYSTEM === 0) {
      if (number > 0) {
        await end();
        console.error(figures());
      }
      await begin();
    }
    const before = accepted.length;
    const kind = number % 3 === 2 ? 'start' : 'burst';
    await cut(kind);
    const losses = await check();
    counts[kind] += 1;
    counts.accepted += accepted.length - before;
    counts.lost += losses.length;
    for (const loss of losses) console.error(`cut ${number} (${kind}): ${loss}`);
  }
  console.log(figures());
  if (counts.lost > 0) process.exitCode = 1;
} finally {
  await end().catch((error: unknown) => console.error(error));
  await rm(home, { recursive: true, force: true });
}
