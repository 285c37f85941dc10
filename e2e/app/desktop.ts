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
  /** Presses keys, for instance `ctrl+shift+1`, as a keyboard does. Returns when the last one went down. */
  press(keys: string): Promise<number>;
  /** Clicks at a point of the screen as a mouse does, which gives the focus to nobody. Returns when the button went down. */
  click(x: number, y: number): Promise<number>;
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
      // Whoever presses a shortcut holds its other keys already.
      const names = keys.split('+');
      const [last = '', ...held] = names.toReversed();
      if (held.length > 0) await xdotool('keydown', ...held.toReversed());
      const at = Date.now();
      await xdotool('keydown', last);
      await xdotool('keyup', ...names);
      return at;
    },
    async click(x, y) {
      await xdotool('mousemove', String(x), String(y));
      const at = Date.now();
      await xdotool('click', '1');
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
