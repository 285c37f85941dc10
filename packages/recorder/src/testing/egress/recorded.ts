import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FIXTURES = new URL('../../../fixtures/egress/', import.meta.url);

/** Contiguous segments of a real egress. The last one was cut short by the end of the share. */
export const RECORDED_MEDIA = [
  { path: media(12), durationMs: 4000 },
  { path: media(13), durationMs: 4000 },
  { path: media(14), durationMs: 4000 },
  { path: media(15), durationMs: 2100 },
] as const;

/** The time at which the first picture was really drawn, in epoch ms: the clock in the pictures counts from there. */
export const RECORDED_FROM_MS = Date.parse('2026-11-21T07:41:33.900Z');

/** Egress' clock was late by this much. */
export const RECORDED_LATE_MS = 1172;

export const RECORDED_KEY = { apiKey: 'devkey', apiSecret: 'secretsecretsecretsecretsecretsecret' };

/** The ends of the two recordings whose webhooks there are. */
export type RecordedEnd = 'unpublished' | 'stopped';

export interface RecordedWebhook {
  name: string;
  /** The body, byte for byte. */
  body: string;
  headers: Record<string, string>;
  receivedAtMs: number;
}

/** Returns all webhooks of a recording, in the order in which they came. */
export function recordedWebhooks(end: RecordedEnd): RecordedWebhook[] {
  const folder = new URL(`webhooks-${end}/`, FIXTURES);
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.body'))
    .map((name) => name.replace(/\.body$/, ''));
  return names.toSorted().map((name) => {
    const { headers, receivedAt } = JSON.parse(
      readFileSync(new URL(`${name}.headers.json`, folder), 'utf8'),
    ) as { headers: Record<string, string>; receivedAt: string };
    const body = readFileSync(new URL(`${name}.body`, folder), 'utf8');
    return { name, body, headers, receivedAtMs: Date.parse(receivedAt) };
  });
}

function media(index: number): string {
  return fileURLToPath(new URL(`media/segment-${index}.mpegts`, FIXTURES));
}
