import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RoomServiceClient } from 'livekit-server-sdk';
import type { Recorder } from '../recorder.port.ts';
import { beepPacket } from '../testing/opus-beep.ts';
import { listen, openRecorderStage, type RecorderStage } from '../testing/recorder-stage.ts';
import type { SyntheticPublisher } from '../testing/synthetic-publisher.ts';
import { parseVoicePieceName, readVoicePiece, SAMPLES_PER_MS, type VoicePacket } from './voice-piece.ts';

/** A voice may be this far from its time. */
const TOLERANCE_MS = 40;
/** The first packet of a beep, which begins at each whole second. */
const BEEP_START = beepPacket(1000);
/** Sounds like nothing, and is found on a disk. */
const SECRET = Buffer.from('\xf8what carol says', 'latin1');

/** Returns the packets of a voice in one slot, over all its pieces. */
function packetsOf(destination: string, identity: string, slot = 0): VoicePacket[] {
  const folder = join(destination, 'voices', identity);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .filter((name) => parseVoicePieceName(name)?.slot === slot)
    .flatMap((name) => readVoicePiece(readFileSync(join(folder, name)))?.packets ?? []);
}

/** Returns when the beeps of a voice begin, in epoch ms. */
function beepsMs(packets: readonly VoicePacket[]): number[] {
  return packets
    .filter(({ payload }) => payload.equals(BEEP_START))
    .map(({ atSample }) => atSample / SAMPLES_PER_MS);
}

const offSecondMs = (ms: number): number => Math.abs(ms - Math.round(ms / 1000) * 1000);
const readAll = (directory: string): Buffer =>
  Buffer.concat(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
  );

describe('voices beside a share', () => {
  let stage: RecorderStage;
  let recorder: Recorder;
  let alice: SyntheticPublisher;
  let bob: SyntheticPublisher;
  let carol: SyntheticPublisher;
  let egressId: string;
  let destination: string;
  let events: ReturnType<typeof listen>;

  beforeAll(async () => {
    stage = await openRecorderStage();
    recorder = stage.newRecorder();
    events = listen(recorder);
    alice = await stage.share({ voice: beepPacket, hasVideo: true, name: 'screen', comesBack: true });
    const joins = { livekit: stage.livekit, room: alice.room };
    bob = await stage.share({ ...joins, identity: 'bob', voice: beepPacket, comesBack: true });
    carol = await stage.share({ ...joins, identity: 'carol', voice: () => SECRET });
    const request = stage.request(alice, 'voices');
    ({ destination } = request);
    ({ egressId } = await recorder.start(request));
    await events.seen('started');
  });

  afterAll(async () => {
    await recorder.close();
    await Promise.all([alice, bob, carol].map((publisher) => publisher.close()));
    await stage.close();
  });

  function beeps(identity: string, count: number, fromMs = 0): Promise<number[]> {
    return vi.waitFor(() => {
      const found = beepsMs(packetsOf(destination, identity)).filter((ms) => ms >= fromMs);
      expect(found.length).toBeGreaterThanOrEqual(count);
      return found;
    }, 20_000);
  }

  it('keeps no voice before it is told to', async () => {
    await recorder.flush(egressId);
    expect(existsSync(join(destination, 'voices'))).toBe(false);
  });

  it('keeps the sharer and those it is told, at their true times, through a mute and a reconnect', async () => {
    await recorder.setVoices(egressId, { keep: [alice.identity, 'bob', 'dora'], forget: [] });
    for (const identity of [alice.identity, 'bob']) {
      const found = await beeps(identity, 4);
      for (const ms of found) expect(offSecondMs(ms)).toBeLessThan(TOLERANCE_MS);
    }
    expect((await recorder.list())[0]?.voices).toEqual([
      { identity: alice.identity, state: 'kept' },
      { identity: 'bob', state: 'kept' },
      { identity: 'dora', state: 'away' },
    ]);

    bob.mute(true);
    const mutedMs = Date.now();
    await sleep(2000);
    const unmutedMs = Date.now();
    bob.mute(false);
    const later = await beeps('bob', 2, unmutedMs + 500);
    await bob.reconnect();
    const again = await beeps('bob', 2, Date.now());
    for (const ms of [...later, ...again]) expect(offSecondMs(ms)).toBeLessThan(TOLERANCE_MS);

    const times = packetsOf(destination, 'bob').map(({ atSample }) => atSample / SAMPLES_PER_MS);
    expect(times.filter((ms) => ms > mutedMs + 200 && ms < unmutedMs - 200)).toEqual([]);
    expect(packetsOf(destination, 'bob', 1)).toEqual([]);
  }, 60_000);

  it('never writes a voice that it was not told to keep', () => {
    expect(readdirSync(join(destination, 'voices')).toSorted()).toEqual(['bob', alice.identity]);
    expect(readAll(destination).includes(SECRET)).toBe(false);
  });

  it('forgets a voice at once and for good, and goes on with the others and with the share', async () => {
    await recorder.setVoices(egressId, { keep: [alice.identity], forget: ['bob'] });
    expect(existsSync(join(destination, 'voices', 'bob'))).toBe(false);
    await beeps(alice.identity, 2, Date.now());
    expect(existsSync(join(destination, 'voices', 'bob'))).toBe(false);
    expect(events.all('degraded')).toEqual([]);
    expect(events.all('waiting')).toEqual([]);
  });

  it('keeps a voice anew after it was forgotten', async () => {
    const askedMs = Date.now();
    await recorder.setVoices(egressId, { keep: [alice.identity, 'bob'], forget: [] });
    const [first = 0] = await beeps('bob', 2);
    expect(first).toBeGreaterThan(askedMs - 200);
  });

  it('follows fifty changes of mind to the last one', async () => {
    for (let change = 0; change < 50; change++) {
      const isKept = change % 2 === 0;
      const forget = change % 4 === 1 ? ['bob'] : [];
      await recorder.setVoices(egressId, {
        keep: isKept ? [alice.identity, 'bob'] : [alice.identity],
        forget,
      });
    }
    const changedMs = Date.now();
    await recorder.setVoices(egressId, { keep: [alice.identity, 'bob', 'carol'], forget: ['carol'] });
    await beeps('bob', 2, changedMs);
    expect(readAll(destination).includes(SECRET)).toBe(false);
  });

  it('comes back with the voices when LiveKit was killed and started again', async () => {
    await stage.livekit.kill();
    await stage.livekit.restart();
    const restartedMs = Date.now();
    for (const identity of [alice.identity, 'bob']) {
      const found = await beeps(identity, 2, restartedMs);
      for (const ms of found) expect(offSecondMs(ms)).toBeLessThan(TOLERANCE_MS);
    }
    await vi.waitFor(
      async () => expect((await recorder.list())[0]).toMatchObject({ isWaiting: false }),
      20_000,
    );
    expect(events.all('ended')).toEqual([]);
  }, 60_000);

  it('leaves the room with the last voice', async () => {
    const { url, apiKey, apiSecret } = stage.livekit;
    const rooms = new RoomServiceClient(url, apiKey, apiSecret);
    const recorders = async (): Promise<string[]> => {
      const participants = await rooms.listParticipants(alice.room);
      return participants.map(({ identity }) => identity).filter((identity) => identity.startsWith('rec_'));
    };
    expect(await recorders()).toHaveLength(2);
    await recorder.setVoices(egressId, { keep: [], forget: [] });
    await vi.waitFor(async () => expect(await recorders()).toEqual([egressId]), 10_000);
  });
});
