import type { PayloadFormat } from '../codecs/picture-assembler.ts';
import type { Picture } from '../codecs/picture.ts';

/** Returns the picture that payloads make up. Throws when they don't. */
export function pictureOf(format: PayloadFormat, payloads: readonly Buffer[]): Picture {
  const picture = format.assemble(payloads);
  if (typeof picture === 'string') throw new Error(`the payloads are ${picture}`);
  return picture;
}
