import type { LayoutBytes } from '@hindsight/mp4/layout/layout-reader';

/** Wraps the same bytes in a Buffer, because threads pass them as plain arrays. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Does the same with all bytes of a layout. */
export function withBuffers<Layout extends LayoutBytes>(layout: Layout): Layout {
  return {
    ...layout,
    head: asBuffer(layout.head),
    parts: layout.parts.map((part) => ('bytes' in part ? { bytes: asBuffer(part.bytes) } : part)),
  };
}
