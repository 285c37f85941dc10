import { AppError } from '@hindsight/shared/errors';
import type { AppEvents } from './events.ts';
import { mergeStreams } from './merge-streams.ts';

/**
 * Returns a stream of changes that fails once some may have been missed, so that a client that relies on them starts
 * again.
 * @param open is given the signal that ends the stream
 * @throws AppError EVENTS_MISSED
 */
export function untilGap<T>(
  events: Pick<AppEvents, 'stream'>,
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncGenerator<T> {
  return mergeStreams<T>(signal, (end) => [open(end), failAtGap(events.stream('gap', end))]);
}

// oxlint-disable-next-line require-yield -- it has nothing to say but that it fails
async function* failAtGap(gaps: AsyncIterable<object>): AsyncGenerator<never> {
  for await (const _gap of gaps) throw new AppError('EVENTS_MISSED');
}
