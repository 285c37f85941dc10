import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FIXTURES = new URL('../../../fixtures/egress/', import.meta.url);

/** Contiguous segments of a real egress, the last one cut short by the end of the share. */
export const RECORDED_MEDIA = [
  { path: media(12), durationMs: 4000 },
  { path: media(13), durationMs: 4000 },
  { path: media(14), durationMs: 4000 },
  { path: media(15), durationMs: 2100 },
] as const;

/** When the first of them was really drawn, epoch ms: what the clock in its pictures counts from. */
export const RECORDED_FROM_MS = Date.parse('2026-11-21T07:41:33.900Z');

/** What egress' clock was late by. */
export const RECORDED_LATE_MS = 1172;

export const RECORDED_KEY = { apiKey: 'devkey', apiSecret: 'secretsecretsecretsecretsecretsecret' };

/** How the two recordings ended whose webhooks there are. */
export type RecordedEnd = 'unpublished' | 'stopped';

export interface RecordedWebhook {
  name: string;
  /** Byte for byte. */
  body: string;
  headers: Record<string, string>;
  receivedAtMs: number;
}

/** All webhooks of a recording, in the order in which they came. */
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
