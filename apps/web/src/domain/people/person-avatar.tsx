import { Avatar } from '@mantine/core';

/** These middle tones carry white letters at a contrast of 4.5 in both schemes. */
const TONES = ['#0f766e', '#4f5bd5', '#9a3f9e', '#a1522d', '#33691e', '#1565a9', '#8a3b57', '#5d5a88'];

function toneOf(name: string): string {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return TONES[sum % TONES.length] ?? '#0f766e';
}

/** Shows a person or community by the first letter of the name, in a colour that depends on the name alone. */
export function PersonAvatar({ name, size, radius }: { name: string; size: number; radius?: number }) {
  return (
    <Avatar
      size={size}
      radius={radius ?? size}
      aria-hidden
      styles={{
        placeholder: { background: toneOf(name), color: '#fff', fontWeight: 600, fontSize: size * 0.42 },
      }}
    >
      {String.fromCodePoint(name.codePointAt(0) ?? 0x3f).toLocaleUpperCase()}
    </Avatar>
  );
}
