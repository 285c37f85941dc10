/** Returns how far the 16-bit `sequenceNumber` is ahead of the extended `reference`: -32768 to 32767. */
export function sequenceDistance(reference: number, sequenceNumber: number): number {
  const distance = (sequenceNumber - reference) & 0xffff;
  return distance < 0x8000 ? distance : distance - 0x10000;
}
