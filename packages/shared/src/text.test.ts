import { describe, expect, it } from 'vitest';
import { textSchema } from './text.ts';

describe('text that people write', () => {
  const schema = textSchema({ min: 1, max: 5 });
  const problem = (text: string) => schema.safeParse(text).error?.issues[0]?.message;

  it('is stored without the spaces around it', () => expect(schema.parse('  été ')).toBe('été'));

  it('says which rule it breaks', () => {
    expect(problem('   ')).toBe('must not be empty');
    expect(problem('123456')).toBe('must have at most 5 characters');
    expect(problem('a\0b')).toBe('must not hold a NUL character');
    expect(problem('a\ud83d')).toBe('must hold whole characters only');
  });
});
