import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Recorder } from '../recorder.port.ts';
import { beepPacket } from '../testing/opus-beep.ts';
import { listen, openRecorderStage, type RecorderStage } from '../testing/recorder-stage.ts';
import type { SyntheticPublisher } from '../testing/synthetic-publisher.ts';
import { readVoicePiece, SAMPLES_PER_MS } from './voice-piece.ts';

const SPEAKERS = 50;
/** So many of them are kept. */
const MOST = 12;
/** A voice is this far below full scale, in dB, when it is loud, and when it is not. */
const LOUD_DB = 15;
const QUIET_DB = 42;

let stage: RecorderStage;
let recorder: Recorder;
let alice: SyntheticPublisher;
let egressId: string;
let destination: string;
let events: ReturnType<typeof listen>;
const people = new Map<string, SyntheticPublisher>();
let loud: readonly string[] = [];

beforeAll(async () => {
  stage = await openRecorderStage();
  recorder = stage.newRecorder({ maxVoices: MOST });
  events = listen(recorder);
  alice = await stage.share({ name: 'screen' });
  const request = stage.request(alice, 'fifty');
  ({ destination } = request);
  ({ egressId } = await recorder.start(request));
  await events.seen('started');
  const identities = Array.from({ length: SPEAKERS }, (_, index) => `speaker-${index + 1}`);
  for (const identity of identities) {
    const joins = { livekit: stage.livekit, room: alice.room, identity };
    // A voice is never as loud as a moment ago, and LiveKit tells changes alone.
    const level = () =>
      (loud.includes(identity) ? LOUD_DB : QUIET_DB) + (Math.floor(Date.now() / 500) % 3) * 4;
    people.set(identity, await stage.share({ ...joins, voice: beepPacket, voiceLevelDb: level }));
  }
}, 120_000);

afterAll(async () => {
  await recorder.close();
  await Promise.all([alice, ...people.values()].map((publisher) => publisher.close()));
  await stage.close();
});

async function keptNow(): Promise<string[]> {
  const [recording] = await recorder.list();
  return (recording?.voices ?? []).flatMap(({ identity, state }) => (state === 'kept' ? identity : []));
}

/** Returns of how many people something was written that was said in each second since a moment, in epoch ms. */
function writtenPerSecond(sinceMs: number): number[] {
  const seconds = new Map<number, Set<string>>();
  for (const identity of readdirSync(join(destination, 'voices')))
    for (const name of readdirSync(join(destination, 'voices', identity)))
      for (const { atSample } of readVoicePiece(readFileSync(join(destination, 'voices', identity, name)))
        ?.packets ?? []) {
        const second = Math.floor((atSample / SAMPLES_PER_MS - sinceMs) / 1000);
        seconds.set(second, (seconds.get(second) ?? new Set()).add(identity));
      }
  return [...seconds].flatMap(([second, of]) => (second < 0 ? [] : of.size));
}

/** Waits until exactly the loud ones are kept. */
const untilLoudKept = () =>
  vi.waitFor(async () => expect((await keptNow()).toSorted()).toEqual(loud.toSorted()), 40_000);

it('of fifty who speak at once, the twelve loudest are kept, and nothing of the others', async () => {
  loud = [...people.keys()].slice(20, 20 + MOST);
  await recorder.setVoices(egressId, { keep: [...people.keys()], forget: [] });
  await untilLoudKept();
  const [recording] = await recorder.list();
  expect(recording?.voices?.filter(({ state }) => state === 'left-out')).toHaveLength(SPEAKERS - MOST);
}, 60_000);

it('the last ones to join are heard too, when they are the loudest', async () => {
  loud = [...people.keys()].slice(-MOST);
  await untilLoudKept();
  const sinceMs = Date.now();
  await vi.waitFor(() => expect(writtenPerSecond(sinceMs).length).toBeGreaterThanOrEqual(4), 20_000);
  for (const count of writtenPerSecond(sinceMs)) expect(count).toBeLessThanOrEqual(MOST);
  expect(events.all('ended')).toEqual([]);
  expect(events.all('degraded')).toEqual([]);
}, 80_000);
