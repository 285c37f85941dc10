import { describe, expect, it } from 'vitest';
import { Subscriber } from './subscriber.ts';
import { connectedSubscriber } from '../testing/connected-subscriber.ts';

/** An offer of a video track as LiveKit makes it; its payload types differ from server to server. */
const OFFER = [
  'v=0',
  'o=- 1 1 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  `a=fingerprint:sha-256 ${Array<string>(32).fill('AA').join(':')}`,
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 45 98 125 108 123 110',
  'c=IN IP4 0.0.0.0',
  'a=setup:actpass',
  'a=mid:0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  'a=rtcp-mux',
  'a=rtpmap:96 VP8/90000',
  'a=rtcp-fb:96 nack',
  'a=rtcp-fb:96 nack pli',
  'a=rtcp-fb:96 transport-cc',
  'a=rtcp-fb:96 goog-remb',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:45 AV1/90000',
  'a=rtpmap:98 VP9/90000',
  'a=fmtp:98 profile-id=0',
  'a=rtpmap:125 H264/90000',
  'a=fmtp:125 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtpmap:108 H264/90000',
  'a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f',
  'a=rtpmap:123 H264/90000',
  'a=fmtp:123 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640032',
  'a=rtpmap:110 H264/90000',
  'a=fmtp:110 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f',
  'a=sendonly',
  '',
].join('\r\n');

async function answerTo(offer: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const subscriber = new Subscriber(
    {
      onNewSource: () => undefined,
      onPacket: () => undefined,
      onArrival: () => undefined,
      onSent: () => undefined,
      onSenderReport: () => undefined,
      onAnswer: resolve,
      onCandidate: () => undefined,
      onFailed: (detail) => reject(new Error(detail)),
    },
    true,
  );
  subscriber.offer(offer, 1);
  try {
    return await promise;
  } finally {
    await subscriber.close();
  }
}

it('accepts every codec, and H.264 in every profile and mode, but no bandwidth feedback', async () => {
  const answer = await answerTo(OFFER);
  const types = /^m=video \d+ \S+ (.*)$/m.exec(answer)?.[1]?.trim().split(' ');
  expect(types?.toSorted()).toEqual(['108', '110', '123', '125', '45', '96', '98']);
  expect(answer).toMatch(/^a=rtpmap:45 AV1\/90000\r?$/m);
  expect(answer).not.toMatch(/transport-cc|goog-remb|rtx/);
});

it('fails on an invalid offer without throwing', async () => {
  await expect(answerTo('v=0\r\nm=video x y z\r\n')).rejects.toThrow(/negotiation failed/);
});

it('gets what follows a loss around the turn of the number', async () => {
  const { packets, sendNumbers } = await connectedSubscriber();
  sendNumbers(65_366, 360, (number) => number >= 65_386 || number < 150);
  await expect.poll(() => packets).toEqual(expect.arrayContaining([65_385, 150, 189]));
});

it('gets media that are offered only once there is a connection', async () => {
  const { packets } = await connectedSubscriber({ isDataFirst: true });
  expect(packets.length).toBeGreaterThan(0);
});

it('tells the sender what came of its packets', async () => {
  const { reports, packets, sendNumbers, works } = await connectedSubscriber();
  const next = (packets.at(-1) ?? 0) + 1;
  sendNumbers(next, 100, (number) => number < next + 100 && number % 4 === 0);
  await expect
    .poll(async () => {
      await works();
      return reports.at(-1)?.packetsLost;
    })
    .toBe(25);
});

it('tells of datagrams that arrive and are refused', async () => {
  const { packets, arrivals, sendNumbers } = await connectedSubscriber();
  const before = arrivals.length;
  sendNumbers(1000, 20, (_, datagram) => {
    datagram.writeUInt8(datagram.readUInt8(datagram.length - 1) ^ 1, datagram.length - 1);
    return false;
  });
  await expect.poll(() => arrivals.length - before).toBe(20);
  expect(arrivals.every((kind) => kind === 'video')).toBe(true);
  expect(packets.every((number) => number < 1000)).toBe(true);
});

describe('when ICE is restarted', () => {
  it('goes on asking for keyframes over the known connection', async () => {
    const { subscriber, offer, keyframesAsked } = await connectedSubscriber();
    const before = keyframesAsked();
    subscriber.offer(await offer({ iceRestart: true }), 2);
    await expect
      .poll(() => {
        subscriber.requestKeyframe();
        return keyframesAsked() - before;
      })
      .toBeGreaterThan(20);
  });

  it('finds a new connection even if candidates come after the end was announced', async () => {
    const { ways, subscriber, offer, passCandidates, failures } = await connectedSubscriber();
    const sdp = await offer({ iceRestart: true });
    expect(ways()).toEqual([null]);
    subscriber.offer(`${sdp}a=end-of-candidates\r\n`, 2);
    passCandidates();
    await expect.poll(ways).not.toEqual([null]);
    expect(failures).toEqual([]);
  });
});
