import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlaylist } from './segments/playlist-reader.ts';
import { RecordedShare } from './testing/recorded-share.ts';
import { kindOfPacket } from './testing/udp-relay.ts';

const START_MS = 60_000;
const TOLD_MS = 5000;
const FROZEN_MS = 20_000;
/** The sound has a beep at each whole second. */
const BEEP_MS = 1000;
const BEEP_ERROR_MS = 250;

describe('a picture that stands still while sound goes on', () => {
  let share: RecordedShare;
  beforeAll(async () => {
    share = await RecordedShare.start();
  }, START_MS);
  afterAll(() => share.close());

  it(
    'is told within 5 s, counts as frozen while no keyframe comes, and costs no sound',
    { timeout: 2 * START_MS },
    async () => {
      const { publisher, relay } = share;
      await expect.poll(() => share.readableToMs(), { timeout: START_MS }).toBeGreaterThan(0);
      publisher.sendsKeyframes = false;
      // What is sent in the first half second is lost each time that it is sent.
      const brokenMs = Date.now();
      const lost = new Set<number>();
      relay.media.isLostToClient = (packet) => {
        if (kindOfPacket(packet) !== 'video') return false;
        const sequenceNumber = packet.readUInt16BE(2);
        if (Date.now() < brokenMs + 500) lost.add(sequenceNumber);
        return lost.has(sequenceNumber);
      };
      const isDegraded = async (): Promise<boolean> => (await share.status()).isDegraded;
      const frozenMs = async (): Promise<number> => (await share.status()).losses?.frozenMs ?? 0;

      await expect.poll(isDegraded, { timeout: START_MS }).toBe(true);
      expect(Date.now() - brokenMs).toBeLessThan(TOLD_MS);
      const firstMs = await frozenMs();
      expect(firstMs).toBeGreaterThan(1000);
      await sleep(brokenMs + FROZEN_MS - Date.now());
      expect(await frozenMs()).toBeGreaterThan(firstMs + 4000);

      // The playlist says since when, for captures.
      const frozenSinceMs = async (): Promise<number | undefined> => {
        await share.readableToMs();
        return parsePlaylist(readFileSync(share.playlistFile, 'utf8')).at(-1)?.frozenSinceMs;
      };
      expect(Math.abs(((await frozenSinceMs()) ?? 0) - brokenMs)).toBeLessThan(1000);

      publisher.sendsKeyframes = true;
      await expect.poll(isDegraded, { timeout: START_MS }).toBe(false);
      expect(await frozenSinceMs()).toBeUndefined();
      const told = share.events.flatMap((event) => (event.type === 'degraded' ? [event.isDegraded] : []));
      expect(told).toEqual([true, false]);

      await share.stop();
      const beepsMs = await share.beepsMs();
      const pausesMs = beepsMs.slice(1).map((ms, i) => ms - (beepsMs[i] ?? NaN));
      expect(beepsMs.length).toBeGreaterThan(FROZEN_MS / BEEP_MS);
      expect(Math.max(...pausesMs)).toBeLessThan(BEEP_MS + BEEP_ERROR_MS);
      const errorsMs = beepsMs.map((ms) => Math.abs(ms - Math.round(ms / BEEP_MS) * BEEP_MS));
      expect(Math.max(...errorsMs)).toBeLessThan(BEEP_ERROR_MS);
    },
  );
});
