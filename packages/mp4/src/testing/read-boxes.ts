/** A box of a file that the recorder wrote, read strictly for tests (ISO/IEC 14496-12). */
export interface Box {
  type: string;
  start: number;
  body: Buffer;
}

/** Returns the boxes of a container in order. Throws when their sizes don't add up. */
export function boxes(data: Buffer): Box[] {
  const found: Box[] = [];
  let at = 0;
  while (at < data.length) {
    const size = data.readUInt32BE(at);
    if (size < 8 || at + size > data.length) throw new Error(`a box of ${size} bytes at ${at}`);
    found.push({
      type: data.toString('latin1', at + 4, at + 8),
      start: at,
      body: data.subarray(at + 8, at + size),
    });
    at += size;
  }
  return found;
}

/** Returns the bodies of all boxes at a path of types, such as moof, traf, trun. */
export function find(data: Buffer, ...path: string[]): Buffer[] {
  const [type, ...rest] = path;
  return boxes(data)
    .filter((box) => box.type === type)
    .flatMap(({ body }) => (rest.length === 0 ? [body] : find(body, ...rest)));
}

export interface ReadSample {
  decodeTime: number;
  duration: number;
  isKey: boolean;
  payload: Buffer;
}

/** Returns the samples of one track in a segment, fragment after fragment, as a player reads them. */
export function readSamples(segment: Buffer, trackId: number): ReadSample[] {
  const samples: ReadSample[] = [];
  for (const moof of boxes(segment).filter(({ type }) => type === 'moof')) {
    for (const traf of find(moof.body, 'traf')) {
      const [tfhd, tfdt, trun] = ['tfhd', 'tfdt', 'trun'].map((type) => find(traf, type)[0]);
      if (tfhd === undefined || tfdt === undefined || trun === undefined)
        throw new Error('an incomplete traf');
      if (tfhd.readUInt32BE(4) !== trackId) continue;
      let decodeTime = Number(tfdt.readBigUInt64BE(4));
      let at = moof.start + trun.readInt32BE(8);
      for (let i = 0; i < trun.readUInt32BE(4); i++) {
        const [duration = 0, size = 0, flags = 0] = [0, 4, 8].map((o) => trun.readUInt32BE(12 + i * 12 + o));
        const isKey = (flags & 0x10000) === 0;
        samples.push({ decodeTime, duration, isKey, payload: segment.subarray(at, at + size) });
        decodeTime += duration;
        at += size;
      }
    }
  }
  return samples;
}
