// This benchmark measures what a large instance costs: lists of 100,000 clips and 10,000 people on a PostgreSQL server, fifty
// people who press at the same moment, and a hundred who start to be recorded against a limit of five.
//   node bench/scale.ts [clips] [people] [captures] [starts]
import { cpus, loadavg, totalmem } from 'node:os';
import { openDatabase } from '@hindsight/db/database';
import { startTestServer } from '@hindsight/db/testing-postgres';
import { GiB } from '@hindsight/shared/units';
import { measureCaptures } from './scale/captures.ts';
import { measureLists } from './scale/lists.ts';
import { measureStarts } from './scale/starts.ts';

const [clips = 100_000, people = 10_000, captures = 50, starts = 100] = process.argv.slice(2).map(Number);
/** The lists are compared with those of an instance of this size. */
const SMALL = { clips: 1000, people: 100 };

const cpu = cpus();
const machine = `${cpu.length} x ${cpu[0]?.model.trim()}, ${(totalmem() / GiB).toFixed(0)} GiB`;
console.log(`${machine}, Node ${process.version}, PostgreSQL, load ${loadavg()[0]?.toFixed(1)}\n`);

const server = await startTestServer();
/** Creates a database on the server and returns its address. */
async function newDatabase(name: string): Promise<string> {
  const admin = await openDatabase(server.url);
  try {
    await admin.client.$executeRawUnsafe(`CREATE DATABASE ${name}`);
  } finally {
    await admin.close();
  }
  return server.url.replace('/postgres?', `/${name}?`);
}

try {
  await measureLists(
    { ...SMALL, url: await newDatabase('small') },
    { clips, people, url: await newDatabase('large') },
  );
  await measureStarts(await newDatabase('starts'), starts);
  await measureCaptures(await newDatabase('captures'), captures);
} finally {
  await server.stop();
}
