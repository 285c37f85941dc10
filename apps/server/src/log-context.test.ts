import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { addToLogContext, inLogContext } from './log-context.ts';
import { createLog } from './log.ts';

function openLog() {
  const lines: Record<string, unknown>[] = [];
  const levels: string[] = [];
  const log = createLog({
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    onLine: (level) => void levels.push(level),
  });
  return { log, lines, levels };
}

it('puts the ids of the work under way on each line, also those that were added later', async () => {
  const { log, lines } = openLog();
  const work = (requestId: string, userId: string) =>
    inLogContext({ requestId }, async () => {
      await delay(1);
      addToLogContext({ userId });
      await delay(1);
      log.info({ clipId: 'c' }, 'done');
    });
  await Promise.all([work('r1', 'u1'), work('r2', 'u2')]);
  expect(lines).toEqual([
    expect.objectContaining({ requestId: 'r1', userId: 'u1', clipId: 'c' }),
    expect.objectContaining({ requestId: 'r2', userId: 'u2', clipId: 'c' }),
  ]);
});

it('keeps work that a request starts apart from it', () => {
  const { log, lines } = openLog();
  inLogContext({ requestId: 'r1' }, () => inLogContext({ queue: 'q' }, () => log.info('job')));
  log.info('nobody’s');
  expect(lines[0]).toMatchObject({ queue: 'q' });
  expect(lines[0]).not.toHaveProperty('requestId');
  expect(lines[1]).not.toHaveProperty('requestId');
});

it('removes secrets from addresses', () => {
  const { log, lines } = openLog();
  const paths = [
    '/l/s3cret',
    '/invite/s3cret?from=chat',
    '/api/links/s3cret/video?v=1',
    '/rtc?access_token=s3cret',
  ];
  for (const url of paths) log.info({ req: { id: 'r', method: 'GET', url } }, 'request');
  expect(lines.map(({ req }) => (req as { path: string }).path)).toEqual([
    '/l/[redacted]',
    '/invite/[redacted]',
    '/api/links/[redacted]/video',
    '/rtc',
  ]);
});

it('reports the lines that are written, and only those', () => {
  const { log, levels } = openLog();
  log.debug('too little');
  log.warn('w');
  log.child({ a: 1 }).error('e');
  expect(levels).toEqual(['warn', 'error']);
});
