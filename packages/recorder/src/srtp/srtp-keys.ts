import { createCipheriv } from 'node:crypto';

/** The keys with which RTP packets of one direction are encrypted and authenticated. */
export interface SrtpKeys {
  encryption: Buffer;
  authentication: Buffer;
  salt: Buffer;
}

const SIZES_BYTES = { encryption: 16, authentication: 20, salt: 14 } as const;
/** The number of this byte of a counter tells the keys apart (RFC 3711, 4.3.1 and 4.3.2). */
const LABEL_AT = 7;
const LABELS = { encryption: 0, authentication: 1, salt: 2 } as const;

/**
 * Derives the keys from those that the DTLS handshake has agreed on (RFC 3711, 4.3). They never change, because the key
 * derivation rate is 0 (RFC 5764, 4.1.2).
 */
export function deriveSrtpKeys(masterKey: Buffer, masterSalt: Buffer): SrtpKeys {
  const derive = (name: keyof SrtpKeys): Buffer => {
    const counter = Buffer.alloc(16);
    masterSalt.copy(counter);
    counter.writeUInt8(counter.readUInt8(LABEL_AT) ^ LABELS[name], LABEL_AT);
    return createCipheriv('aes-128-ctr', masterKey, counter).update(Buffer.alloc(SIZES_BYTES[name]));
  };
  return {
    encryption: derive('encryption'),
    authentication: derive('authentication'),
    salt: derive('salt'),
  };
}
