const BLOCK_BYTES = 32 * 1024;

interface Block {
  readonly memory: Buffer;
  usedBytes: number;
}

/**
 * Keeps copies of what was received until it is written, in blocks of memory that are used again. The buffers of the packets
 * themselves would wait for so long that the garbage collector takes them for lasting ones: with 30 recordings it collected
 * everything twice a second then, for a quarter of all that they cost.
 */
export class PendingBytes {
  /** The blocks that hold something, oldest first. The last one has room, or is full. */
  private used: Block[] = [];
  private spare: Block[] = [];

  /** Copies chunks. Returns the copy, in as few pieces as it lies in memory. */
  keep(chunks: readonly Buffer[]): Buffer[] {
    let block = this.used.at(-1) ?? this.add();
    let from = block.usedBytes;
    const kept: Buffer[] = [];
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        if (block.usedBytes === BLOCK_BYTES) {
          if (from < BLOCK_BYTES) kept.push(block.memory.subarray(from));
          block = this.add();
          from = 0;
        }
        const copied = chunk.copy(block.memory, block.usedBytes, at);
        block.usedBytes += copied;
        at += copied;
      }
    }
    if (block.usedBytes === from) return kept;
    const rest = block.memory.subarray(from, block.usedBytes);
    // An array that grows takes room for more than most samples have.
    return kept.length === 0 ? [rest] : [...kept, rest];
  }

  /** Forgets everything but these pieces, which `keep` has returned: the memory of the others is used again. */
  releaseAllBut(pieces: readonly Buffer[]): void {
    const needed = new Set(pieces.map(({ buffer }) => buffer));
    const released = this.used.filter(({ memory }) => !needed.has(memory.buffer));
    this.used = this.used.filter(({ memory }) => needed.has(memory.buffer));
    for (const block of released) block.usedBytes = 0;
    // As many as were needed this time are enough for the next: a burst doesn't take its memory for good.
    this.spare = released;
  }

  private add(): Block {
    const block = this.spare.pop() ?? { memory: Buffer.allocUnsafeSlow(BLOCK_BYTES), usedBytes: 0 };
    this.used.push(block);
    return block;
  }
}
