import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { FormedClip } from '@hindsight/server/testing/clip-forms';
import type { Viewing } from '@hindsight/rig/tools/clip-truth';

const run = promisify(execFile);
const PATIENCE_MS = 120_000;

/** A tool is one way to show a clip, or to say something about it. */
export interface Tool {
  name: string;
  version: string;
  view(clip: FormedClip): Promise<Viewing>;
}

/** Runs a program to its end and returns what it prints. @throws Error with its last words when it fails */
export async function runTool(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const options = { timeout: PATIENCE_MS, maxBuffer: 256 * 1024 ** 2, env: { ...process.env, ...env } };
  const { stdout, stderr } = await run(program, [...args], options);
  return { stdout, stderr };
}

/** Returns the first version number that a program prints, or null when it isn't there. */
export async function versionOf(program: string, args: readonly string[]): Promise<string | null> {
  const printed = await runTool(program, args).catch(() => null);
  if (printed === null) return null;
  const text = printed.stdout + printed.stderr;
  return (/\d+\.\d+\.\d+[.\d]*/.exec(text) ?? /\d+\.\d+/.exec(text))?.[0] ?? '';
}
