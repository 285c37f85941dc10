/** Collects values in order as pairs of a count and the value that is repeated this many times. */
export class RunLengths {
  readonly pairs: number[] = [];

  add(value: number): void {
    const { pairs } = this;
    const last = pairs.length - 1;
    if (last > 0 && pairs[last] === value) pairs[last - 1] = (pairs[last - 1] ?? 0) + 1;
    else pairs.push(1, value);
  }
}
