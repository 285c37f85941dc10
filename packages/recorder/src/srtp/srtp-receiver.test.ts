import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpHeader, SrtpSession } from 'werift';
import { SrtpReceiver } from './srtp-receiver.ts';

// SRTP (RFC 3711) encrypts with the packet's index of 48 bits, of which a packet carries the lower 16: the receiver estimates the
// rest, the roll-over count. These tests show that no loss and no order of arrival makes it refuse the packets that follow.

const TURN = 65_536;
const SSRC = 7;
const RUNS = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 2000) / 10);
const PROFILE = 1;

function keys() {
  const [localMasterKey, localMasterSalt] = [randomBytes(16), randomBytes(14)];
  return {
    localMasterKey,
    localMasterSalt,
    remoteMasterKey: localMasterKey,
    remoteMasterSalt: localMasterSalt,
  };
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** A sender that knows the index of each of its packets, and a receiver that has to find it. */
function stream(packetKeys = keys()) {
  const sender = new SrtpSession({ keys: packetKeys, profile: PROFILE });
  const receiver = new SrtpReceiver(packetKeys.remoteMasterKey, packetKeys.remoteMasterSalt);
  const header = (index: number, ssrc = SSRC): RtpHeader =>
    new RtpHeader({ sequenceNumber: index % TURN, timestamp: index, payloadType: 96, ssrc });
  const payload = (index: number, ssrc = SSRC): Buffer => Buffer.from(`${ssrc} ${index}`);
  const packet = (index: number, ssrc = SSRC): Buffer => {
    const rolloverCount = Math.floor(index / TURN);
    return sender.localContext.cipher.encryptRtp(header(index, ssrc), payload(index, ssrc), rolloverCount);
  };
  /** Returns what the receiver reads; undefined when it refuses the packet. */
  const read = (datagram: Buffer): string | undefined => receiver.open(datagram)?.toString();
  /** Returns those of the indices whose packets were refused or read as something else. */
  const refused = (indices: number[], ssrc = SSRC): number[] =>
    indices.filter((index) => read(packet(index, ssrc)) !== `${ssrc} ${index}`);
  return { packet, read, refused, receiver, sender };
}

describe('a receiver of SRTP', () => {
  it('refuses nothing after 1 to 32,767 packets were lost on either side of the turn', () => {
    for (const lost of [1, 2, 50, 99, 100, 101, 110, 300, 1000, 10_000, 32_767]) {
      for (const lostAfter of new Set([0, 1, 5, 101, lost >> 1, lost - 1, lost])) {
        if (lostAfter > lost) continue;
        const { refused } = stream();
        const last = TURN - (lost - lostAfter);
        const next = TURN + lostAfter;
        expect(refused([...numbers(last - 20, last), ...numbers(next, next + 150)])).toEqual([]);
      }
    }
  });

  it('refuses nothing of three turns after a loss around the first', () => {
    const { refused } = stream();
    const later = numbers(TURN + 150, 4 * TURN).filter((index) => index % 50 === 0 || index % TURN < 150);
    expect(refused([...numbers(TURN - 500, TURN - 150), ...later])).toEqual([]);
  });

  it.each<[string, number[]]>([
    [
      'a packet of before the turn comes 120 late',
      [
        ...numbers(TURN - 20, TURN - 11),
        ...numbers(TURN - 10, TURN + 110),
        TURN - 11,
        ...numbers(TURN + 110, TURN + 300),
      ],
    ],
    [
      'number 0 is lost and comes again after 150 others',
      [
        ...numbers(TURN - 20, TURN),
        ...numbers(TURN + 1, TURN + 150),
        TURN,
        ...numbers(TURN + 150, TURN + 300),
      ],
    ],
    [
      '60 packets of before the turn come again 190 after it',
      [
        ...numbers(TURN - 200, TURN - 60),
        ...numbers(TURN, TURN + 190),
        ...numbers(TURN - 60, TURN),
        ...numbers(TURN + 190, TURN + 300),
      ],
    ],
    [
      'packets of before the turn come 30,000 late',
      [TURN - 1, TURN + 29_999, TURN - 1, TURN - 2000, TURN + 30_000, TURN + 30_001],
    ],
    [
      'packets overtake each other across the turn',
      [TURN - 2, TURN, TURN - 1, TURN + 2, TURN - 3, TURN + 160, TURN + 1, TURN - 140, TURN + 161],
    ],
    [
      'packets come twice across the turn',
      [TURN - 1, TURN - 1, TURN, TURN, TURN - 1, TURN, TURN + 200, TURN - 1, TURN + 201],
    ],
    ['the first packet is the last before the turn', [TURN - 1, ...numbers(TURN + 200, TURN + 300)]],
    [
      'the first packet is late, and the turn comes before it',
      [TURN, TURN - 1, TURN + 1, TURN - 2, TURN + 300],
    ],
    ['the packets before the turn are lost, and nothing came before', numbers(TURN + 40, TURN + 300)],
    ['the first packet begins a stream with a long loss', [10, 32_777, 65_544, TURN + 20_000]],
  ])('refuses nothing when %s', (_name, order) => {
    expect(stream().refused(order)).toEqual([]);
  });

  it('counts for each SSRC alone', () => {
    const { refused } = stream();
    expect(refused(numbers(TURN - 200, TURN - 150))).toEqual([]);
    // The track has another encoder now, which begins with other numbers.
    expect(refused(numbers(65_400, 65_450), 8)).toEqual([]);
    expect(refused(numbers(TURN + 150, TURN + 200))).toEqual([]);
    expect(refused(numbers(TURN + 100, TURN + 300), 8)).toEqual([]);
    expect(refused(numbers(20, 40), 9)).toEqual([]);
  });

  it('is not moved by forged and damaged packets', () => {
    const { packet, read, refused } = stream();
    const stranger = stream();
    const damaged = (index: number): Buffer => {
      const datagram = packet(index);
      datagram.writeUInt8(datagram.readUInt8(datagram.length - 1) ^ 1, datagram.length - 1);
      return datagram;
    };
    const disturb = (): void => {
      for (const index of [0, 5, 40_000, 65_535, TURN + 100, 2 * TURN]) {
        expect(read(stranger.packet(index))).toBeUndefined();
        expect(read(damaged(index))).toBeUndefined();
      }
    };
    disturb();
    expect(refused(numbers(TURN - 300, TURN - 200))).toEqual([]);
    disturb();
    expect(refused(numbers(TURN + 200, TURN + 300))).toEqual([]);
    disturb();
    expect(refused(numbers(TURN + 32_000, TURN + 32_100))).toEqual([]);
  });

  it('reads what has sources, an extension or padding in its header, wherever it lies in memory', () => {
    const { receiver, sender } = stream();
    for (const [index, payload] of ['', 'a', 'a longer payload, of more than one block'].entries()) {
      const header = new RtpHeader({
        sequenceNumber: index,
        ssrc: SSRC,
        payloadType: 96,
        csrc: [1, 2],
        padding: true,
      });
      Object.assign(header, {
        csrcLength: 2,
        paddingSize: 4,
        extension: true,
        extensions: [{ id: 1, payload: Buffer.from('ab') }],
      });
      const padded = Buffer.from(`${payload}\0\0\0\u0004`);
      const datagram = sender.localContext.cipher.encryptRtp(header, padded, 0);
      for (const offset of [0, 1, 2, 3]) {
        const moved = Buffer.alloc(datagram.length + offset).subarray(offset);
        datagram.copy(moved);
        expect(receiver.open(moved)?.toString()).toBe(payload);
      }
    }
  });

  it('refuses datagrams of any length that are no packets, without throwing', () => {
    const { packet, read } = stream();
    const datagram = packet(1);
    for (let length = 0; length < datagram.length; length++)
      expect(read(datagram.subarray(0, length))).toBeUndefined();
    for (const first of [0x90, 0x8f, 0x9f, 0xa0]) {
      const changed = Buffer.concat([Buffer.from([first]), datagram.subarray(1)]);
      expect(read(changed)).toBeUndefined();
      expect(read(changed.subarray(0, 22))).toBeUndefined();
    }
    expect(read(datagram)).toBe(`${SSRC} 1`);
  });

  it(
    'refuses only what is forged, in any order within half a turn',
    () => {
      const near = fc.oneof(fc.nat(300), fc.nat(TURN / 2 - 1));
      const step = fc.record({
        ssrc: fc.constantFrom(SSRC, SSRC, SSRC, 8),
        kind: fc.constantFrom('next', 'next', 'lost', 'lost', 'late', 'forged', 'damaged'),
        distance: near,
      });
      const first = fc.record({
        start: fc.oneof(fc.nat(TURN - 1), fc.integer({ min: TURN - 300, max: TURN - 1 })),
        lost: near,
      });
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), first, first, (steps, one, other) => {
          const { packet, read } = stream();
          const stranger = stream();
          const starts = new Map([
            [SSRC, one],
            [8, other],
          ]);
          // The plain model: the highest index that has arrived of each source.
          const highest = new Map<number, number>();
          for (const { ssrc, kind, distance } of steps) {
            const { start, lost } = starts.get(ssrc) ?? one;
            const before = highest.get(ssrc);
            let index = start + lost;
            if (before !== undefined) index = before + (kind === 'lost' ? 1 + distance : 1);
            if (before !== undefined && kind === 'late') index = Math.max(start, before - distance);
            if (kind === 'forged') {
              expect(read(stranger.packet(index, ssrc))).toBeUndefined();
            } else if (kind === 'damaged') {
              const datagram = packet(index, ssrc);
              const at = 12 + (distance % (datagram.length - 12));
              datagram.writeUInt8(datagram.readUInt8(at) ^ 0x10, at);
              expect(read(datagram)).toBeUndefined();
            } else {
              expect(read(packet(index, ssrc))).toBe(`${ssrc} ${index}`);
              highest.set(ssrc, Math.max(before ?? 0, index));
            }
          }
        }),
        { numRuns: RUNS },
      );
    },
    30_000 + 100 * RUNS,
  );
});
