const STAP_A = 24;
const FU_A = 28;

/** Packs the NAL units of a picture into RTP payloads (RFC 6184, packetization mode 1), as browsers send them. */
export function packetizeH264(nals: readonly Buffer[], mtuBytes = 1100): Buffer[] {
  const payloads: Buffer[] = [];
  let together: Buffer[] = [];
  const sendTogether = (): void => {
    const [first, ...others] = together;
    if (first !== undefined) payloads.push(others.length === 0 ? first : aggregate(together));
    together = [];
  };
  for (const nal of nals) {
    if (nal.length <= mtuBytes / 2) {
      together.push(nal);
      continue;
    }
    sendTogether();
    payloads.push(...(nal.length <= mtuBytes ? [nal] : fragment(nal, mtuBytes)));
  }
  sendTogether();
  return payloads;
}

function aggregate(nals: readonly Buffer[]): Buffer {
  const parts = nals.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 0xff]), nal]);
  return Buffer.concat([Buffer.from([((nals[0]?.[0] ?? 0) & 0x60) | STAP_A]), ...parts]);
}

function fragment(nal: Buffer, mtuBytes: number): Buffer[] {
  const header = nal[0] ?? 0;
  const payloads: Buffer[] = [];
  for (let at = 1; at < nal.length; at += mtuBytes - 2) {
    const flags = (at === 1 ? 0x80 : 0) | (at + mtuBytes - 2 >= nal.length ? 0x40 : 0);
    const head = Buffer.from([(header & 0xe0) | FU_A, flags | (header & 0x1f)]);
    payloads.push(Buffer.concat([head, nal.subarray(at, at + mtuBytes - 2)]));
  }
  return payloads;
}
