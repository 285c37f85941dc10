import { describe, expect, it } from 'vitest';
import { blockCipher, KeyStream } from './key-stream.ts';
import { deriveSrtpKeys } from './srtp-keys.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('the examples of RFC 3711', () => {
  it('have the same key stream (appendix B.2)', () => {
    const salt = hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD');
    const stream = new KeyStream(blockCipher(hex('2B7E151628AED2A6ABF7158809CF4F3C')), salt, 0);
    const zeros = Buffer.alloc(0xff02 * 16);
    stream.decrypt(zeros, 0);
    expect(zeros.subarray(0, 48)).toEqual(
      hex(
        'E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0',
      ),
    );
    expect(zeros.subarray(-48)).toEqual(
      hex(
        'EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44',
      ),
    );
  });

  it('have the same session keys (appendix B.3)', () => {
    const keys = deriveSrtpKeys(hex('E1F97A0D3E018BE0D64FA32C06DE4139'), hex('0EC675AD498AFEEBB6960B3AABE6'));
    expect(keys).toEqual({
      encryption: hex('C61E7A93744F39EE10734AFE3FF7A087'),
      authentication: hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'),
      salt: hex('30CBBC08863D8C85D49DB34A9AE1'),
    });
  });
});

it('is the same for a packet whatever was decrypted before it', () => {
  const cipher = blockCipher(Buffer.alloc(16, 1));
  const of = (stream: KeyStream, index: number, length: number): Buffer => {
    const zeros = Buffer.alloc(length);
    stream.decrypt(zeros, index);
    return zeros;
  };
  const kept = new KeyStream(cipher, Buffer.alloc(14, 2), 3);
  for (const [index, length] of [
    [65_530, 100],
    [65_531, 1200],
    [65_540, 7],
    [65_520, 1200],
    [65_546, 33],
    [65_546, 1300],
    [0, 16],
    [2 ** 40 + 5, 1300],
  ] as const)
    expect(of(kept, index, length)).toEqual(of(new KeyStream(cipher, Buffer.alloc(14, 2), 3), index, length));
});
