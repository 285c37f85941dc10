import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE } from '@hindsight/shared/units';
import { orLate } from './or-late.ts';
import type { Answer, Order } from './server-process.ts';

type AnswerOf<Type extends Answer['type']> = Extract<Answer, { type: Type }>;

/** As under `npm start`, code that an earlier server has compiled is not compiled again. */
const COMPILE_CACHE = join(tmpdir(), 'hindsight-bench-code');
/** No answer takes longer. The file of ten minutes with voices takes a minute and a half. */
const ANSWER_DEADLINE_MS = 10 * MINUTE;

/** A capture server runs in its own process and is controlled by messages. */
export class CaptureServer implements AsyncDisposable {
  private readonly child = fork(new URL('server-process.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  private readonly ended = once(this.child, 'exit');
  /** The exit code of the process, or the signal that ended it; null while it runs. */
  private end: number | string | null = null;
  private readonly answers: Answer[] = [];
  private wake: () => void = () => undefined;

  constructor() {
    this.child.on('message', (answer: Answer) => {
      this.answers.push(answer);
      this.wake();
    });
    this.child.once('exit', (code, signal) => {
      this.end = code ?? signal;
      this.wake();
    });
  }

  /** Sends an order and waits for the answer. @throws Error when the process ends instead */
  async tell<Type extends Answer['type']>(order: Order, answer: Type): Promise<AnswerOf<Type>> {
    this.child.send(order);
    return this.hear(answer);
  }

  /** Waits for the next answer of a kind. Only one call may wait at a time. @throws Error when the process ends instead, or is late */
  async hear<Type extends Answer['type']>(type: Type): Promise<AnswerOf<Type>> {
    for (;;) {
      const at = this.answers.findIndex((answer) => answer.type === type);
      if (at >= 0) return this.answers.splice(at, 1)[0] as AnswerOf<Type>;
      if (this.end !== null) throw new Error(`the server ended with ${this.end} before its answer "${type}"`);
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      await orLate(woken, `the server's answer "${type}"`, ANSWER_DEADLINE_MS).catch((error: unknown) => {
        this.child.kill('SIGKILL');
        throw error;
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.end === null && !this.child.killed) await this.tell({ type: 'close' }, 'closed');
    await this.ended;
  }
}
