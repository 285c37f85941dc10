import { ftruncateSync, writeSync, writevSync } from 'node:fs';

/**
 * Writes chunks to the end of a file completely or, when the disk refuses, not at all.
 * @param end where the file ends so far
 * @throws the file system's error
 */
export function appendWhole(fd: number, chunks: readonly Buffer[], sizeBytes: number, end: number): void {
  try {
    const written = writevSync(fd, chunks, end);
    // A nearly full disk takes only a part; writing the rest throws the error that says so.
    if (written < sizeBytes) writeRest(fd, Buffer.concat(chunks), written, end);
  } catch (error) {
    cutBack(fd, end);
    throw error;
  }
}

function cutBack(fd: number, end: number): void {
  try {
    ftruncateSync(fd, end);
  } catch {
    // The error that led here is more useful than this one.
  }
}

function writeRest(fd: number, all: Buffer, from: number, end: number): void {
  for (let at = from; at < all.length;) at += writeSync(fd, all, at, all.length - at, end + at);
}
