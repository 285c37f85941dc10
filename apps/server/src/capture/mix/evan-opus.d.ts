/** The package declares only its main entry, which prefers native code. */
declare module '@evan/opus/wasm/index.mjs' {
  /** Decodes Opus to interleaved samples of 16 bits. */
  export class Decoder {
    constructor(options: { channels: 1 | 2; sample_rate: number });
    /** @throws Error when the packet is none */
    decode(packet: Uint8Array): Uint8Array<ArrayBuffer>;
    drop(): void;
  }

  /** Encodes interleaved samples of 16 bits. */
  export class Encoder {
    constructor(options: {
      channels: 1 | 2;
      sample_rate: number;
      application: 'voip' | 'audio' | 'restricted_lowdelay';
    });
    ctl(request: number, value?: number): number;
    encode(samples: ArrayBufferView): Uint8Array<ArrayBuffer>;
    drop(): void;
  }
}
