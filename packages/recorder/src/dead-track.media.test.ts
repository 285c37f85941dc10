import { setTimeout as sleep } from 'node:timers/promises';
import { allowance } from '@hindsight/rig/media/allowance';
import { describe, expect, it, vi } from 'vitest';
import { NO_LOSSES } from './recorder.port.ts';
import { RecordedShare } from './testing/recorded-share.ts';
import { kindOfPacket, type UdpRelay } from './testing/udp-relay.ts';

const START_MS = 60_000;
/** This is how long each track is watched after it has died. */
const WATCH_MS = 12_000;
const BACK_MS = 5000;
/** The sound has a beep this often. */
const BEEP_MS = 1000;

type Kind = 'video' | 'audio';

/** Damages all datagrams of a kind that reach the port which the recorder has now, or only those of its SSRC. */
function refuse(media: UdpRelay, kind: Kind, isSource: boolean): void {
  let first: number | undefined;
  media.isLostToClient = (packet, clientPort) => {
    if (kindOfPacket(packet) !== kind) return false;
    const place = isSource ? packet.readUInt32BE(8) : clientPort;
    first ??= place;
    if (place === first) packet.writeUInt8(packet.readUInt8(packet.length - 1) ^ 1, packet.length - 1);
    return false;
  };
}

/** Loses all datagrams of the source that a kind has now, while its reports come. */
function lose(media: UdpRelay, kind: Kind): void {
  let first: number | undefined;
  media.isLostToClient = (packet) => {
    if (kindOfPacket(packet) !== kind) return false;
    first ??= packet.readUInt32BE(8);
    return packet.readUInt32BE(8) === first;
  };
}

/** Loses the pictures of half a second each time that they are sent, and all requests for keyframes. */
function loseRequests(media: UdpRelay): void {
  const sinceMs = Date.now();
  const lost = new Set<string>();
  media.isLostToClient = (packet) => {
    if (kindOfPacket(packet) !== 'video') return false;
    const name = packet.toString('hex', 2, 12);
    if (Date.now() < sinceMs + 500) lost.add(name);
    return lost.has(name);
  };
  media.isLostToServer = (packet) => kindOfPacket(packet) === 'keyframe request';
}

/** Returns the longest time between two of these times, from the one before a track died to the end of its recording. */
function longestPauseMs(timesMs: readonly number[]): number {
  const [before, after] = [timesMs.findLast((ms) => ms < 0) ?? NaN, timesMs.filter((ms) => ms >= 0)];
  const all = [before, ...after, WATCH_MS];
  return Math.max(...all.slice(1).map((ms, i) => ms - (all[i] ?? NaN)));
}

/** Records a share, kills a track and returns what the recording has of the time after that. Times count from the death. */
async function recordDeath(kill: (share: RecordedShare) => void) {
  const share = await RecordedShare.start();
  try {
    await vi.waitUntil(async () => (await share.readableToMs()) > 0, { timeout: START_MS, interval: 100 });
    const diedMs = Date.now();
    kill(share);
    await sleep(WATCH_MS);
    const { isDegraded, losses = NO_LOSSES } = await share.status();
    await share.stop();
    const { renewedSubscriptions, renewedConnections } = losses;
    return {
      told: share.events.flatMap((event) => (event.type === 'degraded' ? [event.tracks] : [])),
      isDegraded,
      renewed: [renewedSubscriptions, renewedConnections],
      picturesMs: (await share.pictures()).flatMap(({ burntMs }) =>
        burntMs === null ? [] : burntMs - diedMs,
      ),
      beepsMs: (await share.beepsMs()).map((wallMs) => wallMs - diedMs),
    };
  } finally {
    await share.close();
  }
}

describe.concurrent(
  'when one track dies and the other lives, the recorder',
  { timeout: 3 * START_MS },
  () => {
    it.each<[Kind, string, (media: UdpRelay) => void, [subscriptions: number, connections: number]]>([
      ['video', 'its packets are refused', (media) => refuse(media, 'video', true), [1, 0]],
      ['video', 'all of this connection are refused', (media) => refuse(media, 'video', false), [1, 1]],
      ['video', 'its packets never arrive', (media) => lose(media, 'video'), [1, 0]],
      ['video', 'no request for a keyframe arrives', loseRequests, [1, 0]],
      ['audio', 'its packets are refused', (media) => refuse(media, 'audio', true), [1, 0]],
      ['audio', 'all of this connection are refused', (media) => refuse(media, 'audio', false), [1, 1]],
      ['audio', 'its packets never arrive', (media) => lose(media, 'audio'), [1, 0]],
    ])('brings %s back within 5 s when %s', async (kind, _, kill, [subscriptions, connections]) => {
      const seen = await recordDeath(({ relay }) => kill(relay.media));
      const pauseMs = longestPauseMs(kind === 'video' ? seen.picturesMs : seen.beepsMs);
      expect(seen).toMatchObject({ told: [[kind], []], isDegraded: false });
      // On an overloaded machine, the answer to the first attempt may come too late to be waited for.
      const most = allowance(connections, 1);
      expect(seen.renewed[0]).toBe(subscriptions);
      expect(seen.renewed[1]).toBeGreaterThanOrEqual(connections);
      expect(seen.renewed[1]).toBeLessThanOrEqual(most);
      // Only another connection costs the other track something.
      const other = kind === 'video' ? seen.beepsMs : seen.picturesMs;
      if (seen.renewed[1] === 0) expect(longestPauseMs(other)).toBeLessThan(2 * BEEP_MS);
      expect(pauseMs).toBeLessThan((kind === 'video' ? 0 : BEEP_MS) + allowance(BACK_MS, 2 * BACK_MS));
    });

    it('does nothing about a picture that does not change', async () => {
      const { told, renewed, picturesMs, beepsMs } = await recordDeath(({ publisher }) => {
        publisher.isStill = true;
      });
      expect({ told, renewed }).toEqual({ told: [], renewed: [0, 0] });
      expect(picturesMs.filter((ms) => ms > 1000)).toEqual([]);
      expect(longestPauseMs(beepsMs)).toBeLessThan(2 * BEEP_MS);
    });
  },
);
