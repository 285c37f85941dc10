import { describe, expect, it } from 'vitest';
import { inOrderOfReferences } from './table-order.ts';

describe('the order of tables', () => {
  it('puts referenced tables first', () => {
    const references = [
      { from: 'a', column: 'b', to: 'b' },
      { from: 'b', column: 'c', to: 'c' },
      { from: 'c', column: 'c', to: 'c' },
    ];
    expect(inOrderOfReferences(['a', 'b', 'c'], references)).toEqual(['c', 'b', 'a']);
  });

  it('throws when tables refer to each other in a circle', () => {
    const references = [
      { from: 'a', column: 'b', to: 'b' },
      { from: 'b', column: 'a', to: 'a' },
    ];
    expect(() => inOrderOfReferences(['a', 'b', 'c'], references)).toThrow('a, b refer to each other');
  });
});
