// This process sends presses with keys that don't work, at an even pace, so that its own work is not the server's.
import { setTimeout as sleep } from 'node:timers/promises';
import { keptConnections, post, type Reply } from './requests.ts';

/** What to send: the requests of each kind take turns. */
export interface FloodTask {
  origin: string;
  kinds: { name: string; path: string; tokens: string[]; body?: object }[];
  count: number;
  perSecond: number;
}

/** The replies of each kind, by its name. */
export type FloodReplies = Record<string, Reply[]>;

async function flood({ origin, kinds, count, perSecond }: FloodTask): Promise<FloodReplies> {
  const agent = keptConnections();
  const replies: FloodReplies = Object.fromEntries(kinds.map(({ name }) => [name, []]));
  const sending: Promise<void>[] = [];
  const from = performance.now();
  for (let index = 0; index < count; index++) {
    const kind = kinds[index % kinds.length];
    if (kind === undefined) break;
    const token = kind.tokens[Math.floor(index / kinds.length) % kind.tokens.length] ?? '';
    const { name, path, body } = kind;
    sending.push(
      post({ origin, path, token, agent, ...(body === undefined ? {} : { body }) }).then((reply) => {
        replies[name]?.push(reply);
      }),
    );
    await sleep(Math.max(0, from + ((index + 1) * 1000) / perSecond - performance.now()));
  }
  await Promise.all(sending);
  agent.destroy();
  return replies;
}

process.on('message', (task: FloodTask) => {
  void flood(task).then((replies) => process.send?.(replies, () => process.disconnect()));
});
