/** Reads what Prometheus would read: values by name and labels, as `name{label="value"}`. */
export async function readMetrics(origin: string): Promise<Map<string, number>> {
  const response = await fetch(`${origin}/metrics`);
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  return parseMetrics(await response.text());
}

export function parseMetrics(text: string): Map<string, number> {
  const samples = text.split('\n').flatMap((line) => {
    const match = /^([^#\s]\S*(?: \S+)*?) (\S+)$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1], Number(match[2])] as const];
  });
  return new Map(samples);
}
