import { describe, expect, it } from 'vitest';
import { SharedOffset } from '../rtp/rtp-clock.ts';
import { VoiceIntake } from './voice-intake.ts';

const NOW = 1_764_460_800_000;
const NETWORK_MS = 30;
const PACKET = Buffer.from([0xf8, 0xff, 0xfe]);

/** A microphone whose packets take 30 ms to arrive. Its clock is `shiftMs` ahead in RTP time, which its reports tell. */
function microphone() {
  const heard: number[] = [];
  const asked: number[] = [];
  let sequenceNumber = 0;
  let shiftMs = 0;
  const intake = new VoiceIntake({
    offset: new SharedOffset(),
    onSound: (_, wallMs) => heard.push(Math.round(wallMs - NOW)),
    requestRetransmission: (numbers) => asked.push(...numbers),
  });
  const timestampOf = (ms: number): number => ((ms + shiftMs) * 48 + 4_294_960_000) % 2 ** 32;
  return {
    heard,
    asked,
    /** Sends a packet for each 20 ms of a span. */
    speak(fromMs: number, toMs: number, { lateMs = 0, payload = PACKET } = {}): void {
      for (let ms = fromMs; ms < toMs; ms += 20) {
        const arrivalMs = NOW + ms + 20 + NETWORK_MS + lateMs;
        intake.packet({
          ...{ sequenceNumber: sequenceNumber++ & 0xffff, timestamp: timestampOf(ms), arrivalMs, payload },
          ...{ isMarker: false, payloadType: 111 },
        });
        intake.tick(arrivalMs);
      }
    },
    lose: (): number => sequenceNumber++,
    report: (ms: number): void => intake.senderReport(timestampOf(ms), NOW + ms, NOW + ms + NETWORK_MS),
    shift: (ms: number): void => void (shiftMs = ms),
    tick: (ms: number): void => intake.tick(NOW + ms),
    release: (): void => intake.release(),
  };
}

describe('VoiceIntake', () => {
  it('waits for the first report, then tells true times from the first packet on', () => {
    const { speak, report, heard } = microphone();
    speak(0, 200, { lateMs: 50 });
    expect(heard).toEqual([]);
    report(210);
    speak(200, 240);
    // The times are those of the capture and the shortest way, which nobody can tell apart from the clock.
    expect(heard.slice(0, 3)).toEqual([30, 50, 70]);
    expect(heard).toHaveLength(12);
  });

  it('goes by arrivals when no report comes, and when it is flushed before one has', () => {
    const { speak, heard, release } = microphone();
    speak(0, 3400);
    expect(heard).toEqual([]);
    speak(3400, 3600);
    expect(heard[0]).toBe(30);
    const flushed = microphone();
    flushed.speak(0, 40);
    flushed.release();
    expect(flushed.heard).toEqual([30, 50]);
    release();
  });

  it('takes the new timestamps after a mute from the next report', () => {
    const { speak, report, shift, heard } = microphone();
    report(0);
    speak(0, 1000);
    heard.length = 0;
    shift(-54);
    speak(3000, 3400);
    expect(heard).toEqual([]);
    report(3410);
    speak(3400, 3420);
    expect(heard.slice(0, 2)).toEqual([3030, 3050]);
  });

  it('asks for what is missing, and goes on without it after a while', () => {
    const { speak, report, lose, heard, asked, tick } = microphone();
    report(0);
    speak(0, 20);
    const missing = lose();
    speak(40, 60);
    tick(120);
    expect(asked).toContain(missing);
    expect(heard).toEqual([30]);
    tick(2000);
    expect(heard).toEqual([30, 70]);
  });

  it('leaves out what LiveKit sends when a track ends', () => {
    const { speak, report, heard } = microphone();
    report(0);
    speak(0, 40, { payload: Buffer.concat([PACKET, Buffer.alloc(30)]) });
    expect(heard).toEqual([]);
  });
});
