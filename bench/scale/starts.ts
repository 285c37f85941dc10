import { openInstance } from './instance.ts';

/** Measures many people who start to be recorded at the same moment, in a community whose limit is five. */
export async function measureStarts(url: string, count: number): Promise<void> {
  const instance = await openInstance(url, count);
  try {
    const startedAt = performance.now();
    const answers = await Promise.all(
      instance.sharers.map(({ call }, number) =>
        call('replay.start', {
          channelId: instance.channelId,
          videoTrackSid: `TR_VS${number}`,
          quality: '720p',
        }),
      ),
    );
    const ms = performance.now() - startedAt;
    const outcomes = new Map<string, number>();
    for (const { body } of answers) {
      const code = /"appCode":"(\w+)"/.exec(JSON.stringify(body))?.[1] ?? 'started';
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
    }
    const rows = await instance.db.egressSession.count();
    console.log(`${count} starts at once against a limit of 5, answered within ${ms.toFixed(0)} ms:`);
    console.log(
      `  ${[...outcomes].map(([code, n]) => `${n} ${code}`).join(', ')}; ${rows} sessions in the database\n`,
    );
    if (outcomes.get('started') !== 5 || rows !== 5) throw new Error('exactly five should have started');
  } finally {
    await instance.close();
  }
}
