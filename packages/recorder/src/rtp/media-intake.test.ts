import { describe, expect, it } from 'vitest';
import { LossMeter } from './loss-meter.ts';
import { MediaIntake } from './media-intake.ts';
import type { MediaKind, RtpData } from '../codecs/rtp-data.ts';

const SPS_720 = Buffer.from('6742c01f8c8d402802dd350101010784423500', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');
/** A keyframe of 2x2 pixels, as LiveKit sends it when a track ends. */
const SPS_2 = Buffer.from('6742c01f0fd91f888884000003000400000300c83c60c920', 'hex');
const OPUS = Buffer.from([0xfc, 1, 2]);
const START = 1_000_000;

function intake(hasAudio = true) {
  const pictures: { isKey: boolean; wallMs: number }[] = [];
  const sounds: number[] = [];
  const asked: { kind: MediaKind; numbers: number[] }[] = [];
  const counts = new LossMeter().packets;
  const calls = { keyframe: 0, alive: 0 };
  const media = new MediaIntake({
    hasAudio,
    onPicture: ({ isKey }, wallMs) => pictures.push({ isKey, wallMs }),
    onSound: (_, wallMs) => sounds.push(wallMs),
    onAlive: () => calls.alive++,
    onDamage: () => calls.keyframe++,
    requestRetransmission: (kind, numbers) => asked.push({ kind, numbers }),
    counts,
  });
  const next = { video: 0, audio: 0 };
  const send = (kind: MediaKind, timestamp: number, arrivalMs: number, payload: Buffer, isMarker = true) => {
    const packet: RtpData = {
      sequenceNumber: next[kind]++,
      timestamp,
      isMarker,
      payloadType: 96,
      codec: kind === 'video' ? 'h264' : undefined,
      payload,
      arrivalMs,
    };
    media.packet(kind, packet);
  };
  /** Sends a keyframe captured `ms` after the start, 40 ms before it arrives. */
  const sendKey = (ms: number, sps = SPS_720) => {
    send('video', ms * 90, START + ms + 40, sps, false);
    send('video', ms * 90, START + ms + 40, PPS, false);
    send('video', ms * 90, START + ms + 40, Buffer.from([0x65, 1]));
  };
  const sendSound = (ms: number, payload = OPUS) => send('audio', ms * 48, START + ms + 40, payload);
  const report = (kind: MediaKind, ms: number) =>
    media.senderReport(kind, ms * (kind === 'video' ? 90 : 48), START + ms, START + ms);
  return { media, counts, pictures, sounds, asked, calls, next, send, sendKey, sendSound, report };
}

describe('MediaIntake', () => {
  it('queues media until both clocks are known, and then gives them the right times', () => {
    const { media, pictures, sounds, calls, sendKey, sendSound, report } = intake();
    sendKey(0);
    sendSound(0);
    report('video', 3000);
    media.tick(START + 3000);
    expect([pictures, sounds]).toEqual([[], []]);
    expect(calls.alive).toBe(2);

    report('audio', 3020);
    media.tick(START + 3020);
    expect(pictures).toEqual([{ isKey: true, wallMs: START }]);
    expect(sounds).toEqual([START]);
    sendKey(3060);
    expect(pictures[1]?.wallMs).toBe(START + 3060);
  });

  it.each([
    ['without an audio track, for the video report only', false, false, 3000, 1],
    ['for a silent audio track a little longer', true, false, 3000, 0],
    ['for a silent audio track not for ever', true, false, 3600, 1],
    ['for the report of a track with packets', true, true, 3600, 0],
    ['for that report not for ever either', true, true, 6100, 1],
  ])('waits %s', (_, hasAudio, hasPackets, afterMs, expected) => {
    const { media, pictures, sendKey, sendSound, report } = intake(hasAudio);
    sendKey(0);
    if (hasPackets) sendSound(0);
    report('video', 2900);
    media.tick(START + 40 + afterMs);
    expect(pictures).toHaveLength(expected);
  });

  it('asks for a keyframe at once when the first picture is none, even while media are queued', () => {
    const { calls, send } = intake();
    send('video', 0, START, Buffer.from([0x61, 1]));
    expect(calls.keyframe).toBe(1);
  });

  it('delivers queued media on release, with the best times it has', () => {
    const { media, pictures, sendKey } = intake();
    sendKey(0);
    media.release();
    expect(pictures).toEqual([{ isKey: true, wallMs: START + 40 }]);
  });

  it('ignores what LiveKit sends at the end of a track', () => {
    const { media, pictures, sounds, calls, sendKey, sendSound } = intake();
    media.release();
    sendKey(0, SPS_2);
    sendSound(0, Buffer.from([0xf8, 0xff, 0xfe, 0, 0, 0]));
    sendSound(20, Buffer.alloc(0));
    expect([pictures, sounds, calls.alive]).toEqual([[], [], 0]);
  });

  it.each([
    ['alone', 0],
    ['with the clock of its reports', -5000],
  ])('goes on at the right time when a sender sets its media clock back %s', (_, ntpSetMs) => {
    const { media, pictures, send, sendKey, report } = intake(false);
    const key = (ticksMs: number, ms: number) => {
      send('video', ticksMs * 90, START + ms + 40, SPS_720, false);
      send('video', ticksMs * 90, START + ms + 40, PPS, false);
      send('video', ticksMs * 90, START + ms + 40, Buffer.from([0x65, 1]));
    };
    for (let ms = 0; ms <= 9000; ms += 1000) {
      sendKey(ms);
      if (ms % 3000 === 0) report('video', ms);
      media.tick(START + ms + 50);
    }
    for (let ms = 10_000; ms <= 16_000; ms += 1000) {
      key(ms - 5000, ms);
      // The reports come 12 and 15 seconds after the start.
      if (ms % 3000 === 0)
        media.senderReport('video', (ms - 5000) * 90, START + ms + ntpSetMs, START + ms + 5);
    }
    for (const [index, { wallMs }] of pictures.entries()) {
      expect(wallMs - START - index * 1000).toBeGreaterThanOrEqual(0);
      expect(wallMs - START - index * 1000).toBeLessThanOrEqual(50);
    }
    expect(pictures).toHaveLength(17);
  });

  it('gives queued media the times of the old clock when a sender sets it back meanwhile', () => {
    const { pictures, send, sendKey } = intake(false);
    sendKey(8000);
    send('video', 3000 * 90, START + 8500, SPS_720, false);
    expect(pictures).toEqual([{ isKey: true, wallMs: START + 8040 }]);
  });

  it('does not mistake late or stray packets for a clock that was set back', () => {
    const { media, pictures, next, send, sendKey, report } = intake(false);
    report('video', 7000);
    media.release();
    sendKey(8000);
    next.video = 0;
    send('video', 1000, START + 8050, SPS_720, false);
    next.video = 30_000;
    send('video', 2000, START + 8060, SPS_720, false);
    next.video = 3;
    sendKey(8100);
    expect(pictures.map(({ wallMs }) => wallMs)).toEqual([START + 8000, START + 8100]);
  });

  it('asks for missing packets of the right track', () => {
    const { media, counts, asked, next, sendKey, sendSound } = intake();
    sendKey(0);
    sendSound(0);
    next.audio++;
    sendSound(40);
    media.tick(START + 100);
    expect(asked).toEqual([{ kind: 'audio', numbers: [1] }]);
    media.tick(START + 600);
    expect(counts).toEqual({
      video: { received: 3, lost: 0, recovered: 0 },
      audio: { received: 2, lost: 1, recovered: 0 },
    });
  });

  it('accepts sound that is numbered and timed anew', () => {
    const { media, sounds, next, sendSound, report } = intake();
    report('video', 0);
    report('audio', 0);
    sendSound(0);
    sendSound(20);
    media.tick(START + 40);
    next.audio = 30_000;
    media.restartSound();
    sendSound(500_000_000);
    sendSound(500_000_020);
    expect(sounds).toEqual([START, START + 20, START + 500_000_020, START + 500_000_040]);
  });
});
