// This benchmark measures what voices cost a recorder: shares in rooms of their own, with so many microphones in each. In turns the
// recordings keep no voice, silent ones and ones that speak without a pause, so that whatever else the machine does falls on all three
// alike. `node voices.ts`; BENCH_RECORDINGS, BENCH_VOICES (in each), BENCH_ROUNDS and BENCH_SECONDS (of each turn) say how much.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RecorderProcess } from '@hindsight/recorder/testing/recorder-process';
import { startLivekit } from '@hindsight/rig/servers/livekit';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { median } from './figures.ts';
import { startPublishers } from './recording/publishers.ts';
import type { VoicesMessage } from './recording/voices-process.ts';

const RECORDINGS = Number(process.env['BENCH_RECORDINGS'] ?? 10);
const VOICES = Number(process.env['BENCH_VOICES'] ?? 5);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 4);
const TURN_MS = Number(process.env['BENCH_SECONDS'] ?? 15) * SECOND;
const SETTLE_MS = 5 * SECOND;
const SEGMENT_MS = 4 * SECOND;
const MODES = ['none', 'silent', 'spoken'] as const;
type Mode = (typeof MODES)[number];

const livekit = await startLivekit();
const directory = mkdtempSync(join(tmpdir(), 'bench-voices-'));
const publishers = await startPublishers({ livekit, shares: RECORDINGS });
const identities = Array.from({ length: VOICES }, (_, i) => `voice-${i}`);
const speakers = fork(new URL('./recording/voices-process.ts', import.meta.url), { stdio: 'inherit' });
const tell = (message: VoicesMessage): void => void speakers.send(message);
tell({
  type: 'join',
  task: {
    livekit,
    speakers: publishers.shares.flatMap(({ room }) => identities.map((identity) => ({ room, identity }))),
  },
});
await once(speakers, 'message');

const { url: livekitUrl, apiKey, apiSecret } = livekit;
const recorder = await RecorderProcess.start({
  recorder: { livekitUrl, apiKey, apiSecret, segmentMs: SEGMENT_MS },
  requests: publishers.shares.map((share, i) => ({
    ...{ ...share, sessionId: `${i}`, quality: '720p', destination: join(directory, `${i}`) },
  })),
});

async function turn(mode: Mode): Promise<{ cores: number; bytesPerMinute: number }> {
  tell({ type: 'speak', isSpeaking: mode === 'spoken' });
  const keep = mode === 'none' ? [] : identities;
  for (let index = 0; index < RECORDINGS; index++) await recorder.setVoices(index, { keep, forget: [] });
  await sleep(SETTLE_MS);
  const bytes = voiceBytes();
  const from = await recorder.sample();
  await sleep(TURN_MS);
  const to = await recorder.sample();
  const elapsedMs = to.atMs - from.atMs;
  return {
    cores: (to.cpuMs - from.cpuMs) / elapsedMs,
    bytesPerMinute: ((voiceBytes() - bytes) / RECORDINGS / VOICES / elapsedMs) * MINUTE,
  };
}

/** Returns the bytes of all voices on the disk. */
function voiceBytes(): number {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.voice'))
    .reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

const turns: Record<Mode, Awaited<ReturnType<typeof turn>>[]> = { none: [], silent: [], spoken: [] };
for (let round = 0; round < ROUNDS; round++) for (const mode of MODES) turns[mode].push(await turn(mode));

const coresOf = (mode: Mode): number => median(turns[mode].map(({ cores }) => cores));
const share = coresOf('none') / RECORDINGS;
console.log(
  `${RECORDINGS} recordings with ${VOICES} voices each, ${ROUNDS} turns of ${TURN_MS / SECOND} s\n`,
);
console.log('| voices | cores | a voice costs of a share | bytes a voice and minute | load |');
console.log('| ------ | ----: | -----------------------: | -----------------------: | ---: |');
for (const mode of MODES) {
  // Each turn is compared with that without voices of the same round.
  const ratios = turns[mode].map(
    ({ cores }, round) => (cores - (turns.none[round]?.cores ?? NaN)) / (RECORDINGS * VOICES) / share,
  );
  const cells = [
    mode,
    coresOf(mode).toFixed(3),
    mode === 'none' ? '' : median(ratios).toFixed(4),
    mode === 'none' ? '' : median(turns[mode].map(({ bytesPerMinute }) => bytesPerMinute)).toFixed(0),
    loadavg()[0]?.toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

await recorder.stop();
speakers.disconnect();
publishers.close();
await livekit.stop();
rmSync(directory, { recursive: true });
