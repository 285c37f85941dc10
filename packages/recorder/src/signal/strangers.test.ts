import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { connectedSubscriber } from '../testing/connected-subscriber.ts';

// These tests show what somebody can do to a recorder who reaches its UDP port but knows none of its keys.

const record = (contentType: number, epoch: number, body: Buffer): Buffer => {
  const header = Buffer.from([contentType, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 9, 0, body.length]);
  return Buffer.concat([header, body]);
};
const CLOSE_NOTIFY = Buffer.from([1, 0]);

/** Builds a fragment of a ClientHello that never becomes complete. */
const helloFragment = (): Buffer =>
  record(22, 0, Buffer.concat([Buffer.from([1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 64]), randomBytes(64)]));

/** Builds a binding request with attributes that change an agent's state, but without the password's proof. */
function bindingRequest(): Buffer {
  const attribute = (type: number, value: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type >> 8, type & 255, 0, value.length]), value]);
  const attributes = Buffer.concat([
    attribute(0x0006, Buffer.from('abcd:efg')),
    attribute(0x0024, Buffer.from([0x7e, 0, 0, 1])),
    attribute(0x8029, randomBytes(8)),
    attribute(0x802a, randomBytes(8)),
    attribute(0x0025, Buffer.alloc(0)),
  ]);
  const header = Buffer.from([0, 1, attributes.length >> 8, attributes.length & 255, 0x21, 0x12, 0xa4, 0x42]);
  return Buffer.concat([header, randomBytes(12), attributes]);
}

describe('a stranger who sends to the port of a recorder', () => {
  it.each<[string, () => Buffer]>([
    ['an alert in the clear', () => record(21, 0, CLOSE_NOTIFY)],
    ['an alert in the clear that says it is encrypted', () => record(21, 1, CLOSE_NOTIFY)],
    ['records of an unknown type', () => record(24, 1, CLOSE_NOTIFY)],
    ['handshakes that never end', helloFragment],
    ['requests of ICE without the password', bindingRequest],
    ['random bytes', () => randomBytes(1 + Math.floor(Math.random() * 200))],
    [
      'what looks like DTLS',
      () => Buffer.concat([Buffer.from([20 + Math.floor(Math.random() * 44)]), randomBytes(40)]),
    ],
    ['what looks like RTP', () => Buffer.concat([Buffer.from([0x80, 96]), randomBytes(40)])],
    ['what looks like RTCP', () => Buffer.concat([Buffer.from([0x80, 200]), randomBytes(40)])],
  ])('does not disturb it with %s', async (_, datagram) => {
    const { ports, failures, states, works, packets, arrivals } = await connectedSubscriber();
    const stranger = createSocket('udp4');
    const answers: Buffer[] = [];
    stranger.on('message', (data) => answers.push(data));
    stranger.bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    for (let i = 0; i < 50; i++) for (const port of ports) stranger.send(datagram(), port, '127.0.0.1');
    await works();
    stranger.close();
    expect(failures).toEqual([]);
    expect(states()).toEqual(['connected']);
    expect(answers).toEqual([]);
    // None of it counts as a datagram of the share, because the SSRC is a secret too.
    expect(arrivals).toHaveLength(packets.length);
  });
});
