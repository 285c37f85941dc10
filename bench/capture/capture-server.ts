import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Order } from './server-process.ts';

type AnswerOf<Type extends Answer['type']> = Extract<Answer, { type: Type }>;

/** As under `npm start`, code that an earlier server has compiled is not compiled again. */
const COMPILE_CACHE = join(tmpdir(), 'hindsight-bench-code');

/** A capture server runs in its own process and is controlled by messages. */
export class CaptureServer implements AsyncDisposable {
  private readonly child = fork(new URL('server-process.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  private readonly ended = once(this.child, 'exit');
  private readonly answers: Answer[] = [];
  private wake: () => void = () => undefined;

  constructor() {
    this.child.on('message', (answer: Answer) => {
      this.answers.push(answer);
      this.wake();
    });
    this.child.once('exit', () => this.wake());
  }

  /** Sends an order and waits for the answer. @throws Error when the process ends instead */
  async tell<Type extends Answer['type']>(order: Order, answer: Type): Promise<AnswerOf<Type>> {
    this.child.send(order);
    return this.hear(answer);
  }

  /** Waits for the next answer of a kind. Only one call may wait at a time. @throws Error when the process ends instead */
  async hear<Type extends Answer['type']>(type: Type): Promise<AnswerOf<Type>> {
    for (;;) {
      const at = this.answers.findIndex((answer) => answer.type === type);
      if (at >= 0) return this.answers.splice(at, 1)[0] as AnswerOf<Type>;
      if (this.child.exitCode !== null) throw new Error(`the server ended with ${this.child.exitCode}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) await this.tell({ type: 'close' }, 'closed');
    await this.ended;
  }
}
