/** 100 ms of a 1 kHz tone, as libopus encodes it into packets of 20 ms (mono, 24 kbit/s), with its fading out. */
const BEEP = [
  '+J/qR6GMOn22s/GFoKhtoie5GJp0NGf28aFjCLrb+ivbXCb+zidf4LYgWLT1l2IzUxppoAFzqV4OxW6x',
  '+J0uULmjrYPg4eQGbXhr5JIECBY01+r1/VYis1MZ1L7sgCMqcZc9/1Ux+suFaNFxHuuShIzuAk39qZvR',
  '+JqT3c/8f0glwa0p/97hMB7PHJ8+f+BBlUBQRhoJmJ+UpRXnM/80mYnzWGGzfoopDJ5i78DBY+KSVhjR',
  '+Kfz5D9JT1lVDhtQG6q6qUaNGtrpTrg8j0rL8e/J08QikmLdf9zSZKragfYm/RTTfYvQJrKx6eJ92CDR',
  '+Kfz5D9JtTH9E2PZ7RjBV0qVKw/OpQdLyRQ6lgqXF4T0kLZdf9zSZKragfYm/RTTfYvBcm8bU6N6WCDR',
  '+H4p7WWAC/3qL+k9Iq6HQS6TqGKJ8JL+RZkw2Mf0EB3csRwNb5pH0L8KtEuyzI5ggAAEMNJzdqlgfrbi',
].map((packet) => Buffer.from(packet, 'base64'));
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);

export const BEEP_PACKET_MS = 20;

/**
 * Returns the packet of sound captured at `epochMs`: a beep begins at each whole second, like that of the rig's shared page.
 */
export function beepPacket(epochMs: number): Buffer {
  return BEEP[Math.floor((epochMs % 1000) / BEEP_PACKET_MS)] ?? SILENCE;
}

/** Returns the packet of somebody who never stops talking, with as many bits as a voice has. */
export function spokenPacket(epochMs: number): Buffer {
  return BEEP[Math.floor(epochMs / BEEP_PACKET_MS) % BEEP.length] ?? SILENCE;
}

/** A silent microphone sends a packet this often (DTX). */
const DTX_MS = 400;

/** Returns the packet of somebody who listens; null where DTX sends none. */
export function silentPacket(epochMs: number): Buffer | null {
  return epochMs % DTX_MS < BEEP_PACKET_MS ? SILENCE : null;
}
