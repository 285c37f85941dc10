import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createMetrics } from '@hindsight/server/metrics/metrics';
import { emptyLiveKit, idleRecorder } from '@hindsight/server/testing/ports';
import { startTemporaryApp, type TemporaryApp } from '@hindsight/server/testing/temporary-app';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface AlertRules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
}

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

/** A histogram appends these to its metric's name. */
const SUFFIXES = /_(bucket|sum|count)$/;
/** Prometheus itself provides these metrics. */
const BUILT_IN = new Set(['up']);
/** These functions, operators and label names of PromQL are used here. */
const WORDS = new Set([
  ...['and', 'or', 'by', 'sum', 'max', 'min', 'rate', 'increase', 'histogram_quantile', 'predict_linear'],
  ...['le', 'instance', 'kind', 'of', 'part', 'outcome', 'type', 'route', 'level'],
]);

let server: TemporaryApp;
let exposed: Map<string, Set<string>>;
let alerts: AlertRules;
let dashboard: Dashboard;

/** Returns the names of the metrics in an expression, with the labels that are used with each. */
function metricsIn(expr: string): { name: string; labels: string[] }[] {
  const plain = expr.replaceAll(/\[[^\]]*\]/g, '');
  const names = plain.replaceAll(/\{[^}]*\}/g, ' ').match(/[a-z_][a-z0-9_]*/g) ?? [];
  return names
    .filter((name) => !WORDS.has(name) && !BUILT_IN.has(name))
    .map((name) => {
      const selector = new RegExp(`\\b${name}\\{([^}]*)\\}`).exec(plain)?.[1] ?? '';
      return {
        name: name.replace(SUFFIXES, ''),
        labels: [...selector.matchAll(/(\w+)\s*[=!]/g)].flatMap(([, label]) => label ?? []),
      };
    });
}

beforeAll(async () => {
  server = await startTemporaryApp({}, { livekit: emptyLiveKit, recorder: idleRecorder });
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  exposed = new Map(
    [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => [name ?? '', new Set<string>()]),
  );
  for (const [, sample, labels] of text.matchAll(/^([a-z_0-9]+)\{([^}]*)\} /gm)) {
    const name = exposed.has(sample ?? '') ? (sample ?? '') : (sample ?? '').replace(SUFFIXES, '');
    for (const [, label] of (labels ?? '').matchAll(/(\w+)="/g)) exposed.get(name)?.add(label ?? '');
  }
  const folder = import.meta.dirname;
  alerts = parse(await readFile(path.join(folder, 'alerts.yml'), 'utf8')) as AlertRules;
  dashboard = JSON.parse(await readFile(path.join(folder, 'grafana/hindsight.json'), 'utf8')) as Dashboard;
});
afterAll(() => server.remove());

function expressions(): { where: string; expr: string }[] {
  return [
    ...alerts.groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expr }))),
    ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ where: title, expr }))),
  ];
}

describe('alert rules and dashboard', () => {
  it('use only metrics and labels that the server exposes', () => {
    const unknown = expressions().flatMap(({ where, expr }) =>
      metricsIn(expr).flatMap(({ name, labels }) => {
        const known = exposed.get(name);
        if (known === undefined) return [`${where}: ${name}`];
        // The job label is Prometheus' own, and a metric without samples shows no labels yet.
        return labels
          .filter((label) => label !== 'job' && known.size > 0 && !known.has(label))
          .map((label) => `${where}: ${name}{${label}}`);
      }),
    );
    expect(unknown).toEqual([]);
    expect(expressions().length).toBeGreaterThan(20);
  });

  it('use only label values that the server sets', async () => {
    const text = await createMetrics().registry.metrics();
    for (const type of expressions().flatMap(({ expr }) => /type="(\w+)"/.exec(expr)?.[1] ?? []))
      expect(text).toContain(`replay_buffer_errors_total{type="${type}"}`);
    for (const outcome of expressions().flatMap(({ expr }) => /outcome="(\w+)"/.exec(expr)?.[1] ?? []))
      expect(text).toContain(`replay_buffer_captures_finished_total{outcome="${outcome}"}`);
  });

  it('use all of the product’s own metrics', () => {
    const used = new Set(expressions().flatMap(({ expr }) => metricsIn(expr).map(({ name }) => name)));
    const own = [...exposed.keys()].filter((name) => /^(replay_buffer|hindsight)_/.test(name));
    expect(own.filter((name) => !used.has(name))).toEqual([]);
  });
});
