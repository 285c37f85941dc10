import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A desktop of its own: an X server without a screen, and a terminal as the other program. */
export interface Desktop {
  /** The display's name, for the environment of programs that are to be shown on it. */
  display: string;
  /** Gives the focus to the other program. */
  focusOtherProgram(): Promise<void>;
  /** Presses keys as a keyboard does. Returns when they went down. */
  press(keys: string): Promise<number>;
  close(): Promise<void>;
}

/** Starts a desktop. It needs Xvfb, xdotool and xterm, which `npm test` installs. */
export async function startDesktop(): Promise<Desktop> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const display = `:${await firstLineOf(server)}`;
  const env = { ...process.env, DISPLAY: display };
  const terminal = spawn('xterm', ['-geometry', '60x10', '-e', 'sleep', '600'], { env, stdio: 'ignore' });
  const xdotool = (...parameters: string[]) => run('xdotool', parameters, { env, timeout: 30_000 });

  return {
    display,
    async focusOtherProgram() {
      const { stdout } = await xdotool('search', '--sync', '--onlyvisible', '--class', 'xterm');
      await xdotool('windowfocus', '--sync', stdout.trim().split('\n')[0] ?? '');
    },
    async press(keys) {
      const at = Date.now();
      await xdotool('key', keys);
      return at;
    },
    async close() {
      terminal.kill();
      server.kill();
    },
  };
}

async function firstLineOf(server: ChildProcess): Promise<string> {
  const pipe = server.stdio[3];
  if (pipe === null || pipe === undefined || !('read' in pipe)) throw new Error('Xvfb has no pipe');
  for await (const line of createInterface({ input: pipe })) return line.trim();
  throw new Error('Xvfb did not start');
}
