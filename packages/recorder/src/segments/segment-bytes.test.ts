import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSamples } from '@hindsight/mp4/testing/read-boxes';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Picture } from '../codecs/picture.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { parsePlaylist } from './playlist-reader.ts';
import { SegmentWriter } from './segment-writer.ts';

const START = Date.UTC(2026, 0, 1, 12);
const SEGMENT_MS = 1000;
const config = {
  width: 1280,
  height: 720,
  sampleEntry: 'avc1' as const,
  configBox: Buffer.from('configuration'),
};
const VIDEO = 1;
const AUDIO = 2;

/** Returns the `number`-th sample: its number, and bytes that follow from it, after what its kind begins with. */
function numbered(number: number, sizeBytes: number, ...head: number[]): Buffer {
  const bytes = Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, i) => (number * 89 + i * 7) & 0xff));
  Buffer.from(head).copy(bytes);
  bytes.writeUInt32BE(number, head.length);
  return bytes;
}

it('writes each picture and each packet of sound as it was received, whatever waits for what meanwhile', () => {
  const soundDelaysMs = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1 });
  const pictureDelayMs = fc.constantFrom(0, 300);
  fc.assert(
    fc.property(fc.integer(), soundDelaysMs, pictureDelayMs, (seed, delaysMs, behindMs) => {
      const destination = mkdtempSync(join(tmpdir(), 'segment-bytes-'));
      const random = seededRandom(seed);
      let isKeyWanted = true;
      const writer = new SegmentWriter({
        destination,
        segmentMs: SEGMENT_MS,
        hasAudio: true,
        requestKeyframe: () => {
          isKeyWanted = true;
        },
        onStarted: () => undefined,
        onSegment: () => undefined,
      });
      const pictures: Buffer[] = [];
      const onTheWay: { capturedMs: number; arrivesMs: number; bytes: Buffer }[] = [];
      let soundCount = 0;
      for (let nowMs = START; nowMs < START + 5000; nowMs += 20) {
        if (nowMs % 60 === 0) {
          const bytes = numbered(pictures.length, 8 + Math.floor(random() ** 4 * 60_000));
          // What was received is overwritten afterwards, as the memory of packets may be.
          const chunks = [Buffer.from(bytes.subarray(0, 5)), Buffer.from(bytes.subarray(5))];
          const picture: Picture = isKeyWanted ? { isKey: true, config, chunks } : { isKey: false, chunks };
          isKeyWanted = false;
          if (writer.addPicture(picture, nowMs - behindMs, nowMs)) pictures.push(bytes);
          for (const chunk of chunks) chunk.fill(0xee);
        }
        const delayMs = delaysMs[Math.floor((nowMs - START) / 400) % delaysMs.length] ?? 0;
        onTheWay.push({
          capturedMs: nowMs,
          arrivesMs: Math.max(nowMs + delayMs, onTheWay.at(-1)?.arrivesMs ?? 0),
          bytes: numbered(soundCount++, 60, 0xfc),
        });
        for (let next = onTheWay[0]; next !== undefined && next.arrivesMs <= nowMs; next = onTheWay[0]) {
          writer.addSound(next.bytes, next.capturedMs, nowMs);
          next.bytes.fill(0xee);
          onTheWay.shift();
        }
        writer.tick(nowMs, nowMs);
        if (random() < 0.02) writer.flush(nowMs, nowMs);
      }
      writer.end(START + 5000, START + 5000);

      const files = parsePlaylist(readFileSync(join(destination, 'full.m3u8'), 'utf8')).map(({ uri }) =>
        readFileSync(join(destination, uri)),
      );
      rmSync(destination, { recursive: true });
      const written = (track: number): Buffer[] =>
        files.flatMap((file) => readSamples(file, track)).map(({ payload }) => payload);
      expect(Buffer.concat(written(VIDEO)).equals(Buffer.concat(pictures))).toBe(true);
      // Sound that comes after its time is over is left out, and silence is in its place.
      const heard = written(AUDIO).filter(({ length }) => length === 60);
      const numbers = heard.map((packet) => packet.readUInt32BE(1));
      expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
      expect(heard.every((packet, i) => packet.equals(numbered(numbers[i] ?? NaN, 60, 0xfc)))).toBe(true);
      expect(heard.length).toBeGreaterThan(delaysMs.some((delayMs) => delayMs < 200) ? 20 : 0);
    }),
    { numRuns: 30 },
  );
});
