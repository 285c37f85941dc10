// This benchmark measures presses of other programs. First the extension's global shortcut and HTTP beside the page's button, in a whole
// app with a real share. Then how long a press takes until it is accepted: by REST on a kept and on a new connection, beside what the
// button sends, in turns. Then a flood of presses whose keys don't work: what they are answered, and what others notice of it.
//   node press.ts [shortcut] [ways] [flood]
import { cpus, loadavg } from 'node:os';
import { openBufferedPeople } from '@hindsight/server/testing/buffered-people';
import { measureFlood } from './press/flood.ts';
import { measureShortcut } from './press/shortcut.ts';
import { measureWays } from './press/ways.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 40);
/** A round of these makes and decodes four clips. */
const SHORTCUT_ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 12);

const parts = process.argv.slice(2);
const isWanted = (part: string) => parts.length === 0 || parts.includes(part);
console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`);
if (isWanted('shortcut')) await measureShortcut(SHORTCUT_ROUNDS);
if (isWanted('ways') || isWanted('flood')) {
  const people = await openBufferedPeople({ DATABASE_URL: '', LOG_LEVEL: 'error' });
  try {
    if (isWanted('ways')) await measureWays(people, ROUNDS);
    if (isWanted('flood')) await measureFlood(people);
  } finally {
    await people.remove();
  }
}
