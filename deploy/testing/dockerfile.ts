/** An instruction is one step of a Dockerfile, with continuation lines joined and without comments. */
interface Instruction {
  name: string;
  text: string;
}

export interface Stage {
  base: string;
  name: string | null;
  instructions: Instruction[];
}

/** Parses the stages of a Dockerfile, as far as ours uses the language: no heredocs, no escape directive. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const stages: Stage[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [base = '', , alias] = rest.split(/\s+/);
      stages.push({ base, name: alias ?? null, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`${line} stands before the first FROM`);
      stage.instructions.push({ name, text: rest });
    }
  }
  return stages;
}

/** Returns the last instruction of a kind, which is the one that takes effect. */
export function last({ instructions }: Stage, name: string): string {
  const found = instructions.findLast((instruction) => instruction.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.text;
}

/** Returns all variables that a stage sets. */
export function environmentOf({ instructions }: Stage): Record<string, string> {
  const pairs = instructions
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ text }) => text.split(/\s+/).map((pair) => pair.split('=', 2) as [string, string]));
  return Object.fromEntries(pairs);
}

/** Returns the arguments of a CMD in its list form. */
export function execForm(text: string): string[] {
  return JSON.parse(text.replace(/^.*?\[/, '[')) as string[];
}
