import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

const teal: MantineColorsTuple = [
  '#f0fdfa',
  '#ccfbf1',
  '#99f6e4',
  '#5eead4',
  '#2dd4bf',
  '#14b8a6',
  '#0d9488',
  '#0f766e',
  '#115e59',
  '#134e4a',
];

/**
 * These are the neutral greys of the dark scheme, light to dark; Mantine takes its dark surfaces and borders from them.
 */
const dark: MantineColorsTuple = [
  '#e6e9ec',
  '#b8c0c7',
  '#919aa3',
  '#616a73',
  '#363d44',
  '#2a3036',
  '#1d2226',
  '#131618',
  '#0c0e10',
  '#08090a',
];

const SOFT_COLORS: Record<string, { surface: string; text: string }> = {
  teal: { surface: 'var(--accent-soft)', text: 'var(--accent-text)' },
  red: { surface: 'var(--recording-soft)', text: 'var(--recording)' },
  yellow: { surface: 'var(--warning-soft)', text: 'var(--warning)' },
  gray: { surface: 'var(--surface-hover)', text: 'var(--mantine-color-text)' },
};

export const theme = createTheme({
  colors: { teal, dark },
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 4 },
  defaultRadius: 10,
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  fontFamily: "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontSizes: { xs: '12px', sm: '14px', md: '16px', lg: '20px', xl: '28px' },
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '28px', lineHeight: '1.25' },
      h2: { fontSize: '20px', lineHeight: '1.3' },
      h3: { fontSize: '16px', lineHeight: '1.4' },
    },
  },
  components: {
    Text: { defaultProps: { size: 'sm' } },
    Anchor: { defaultProps: { size: 'sm' } },
    Tooltip: {
      defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: false } },
    },
    Button: { styles: { root: { fontWeight: 550 } } },
    Modal: { defaultProps: { centered: true } },
    // Mantine gives the close button no name of its own.
    CloseButton: { defaultProps: { 'aria-label': 'Close' } },
  },
  variantColorResolver(input) {
    const colors = defaultVariantColorsResolver(input);
    const color = input.color ?? 'teal';
    // Mantine's own text on teal misses a contrast of 4.5 in one of the schemes.
    if (input.variant === 'filled' && color === 'teal') return { ...colors, color: 'var(--accent-contrast)' };
    // Its soft surfaces are loud in the dark scheme.
    const soft = input.variant === 'light' ? SOFT_COLORS[color] : undefined;
    return soft === undefined ? colors : { ...colors, background: soft.surface, color: soft.text };
  },
});

/**
 * Defines our own tokens, and Mantine's where its defaults miss a contrast of 4.5. Surface 0 is the rail, 1 the column,
 * 2 the stage; raised surfaces lie on top.
 */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--surface-0': '#e9ecee',
    '--surface-1': '#f3f5f6',
    '--surface-2': '#fbfcfc',
    '--surface-raised': '#ffffff',
    '--surface-hover': '#e6eaec',
    '--hairline': '#dde2e5',
    '--accent-text': '#0f766e',
    '--accent-contrast': '#ffffff',
    '--accent-soft': '#d5f2ed',
    '--recording': '#c81e1e',
    '--recording-soft': '#fdecec',
    '--warning': '#8f5200',
    '--warning-soft': '#fdf1dc',
    '--shadow-raised': '0 8px 28px rgb(15 23 30 / 14%)',
    '--mantine-color-body': '#fbfcfc',
    '--mantine-color-text': '#15191c',
    '--mantine-color-dimmed': '#56616a',
    '--mantine-color-placeholder': '#6b757d',
    '--mantine-color-error': '#c81e1e',
    '--mantine-color-anchor': '#0f766e',
    '--mantine-color-default-border': '#d3d9dd',
  },
  dark: {
    '--surface-0': '#0c0e10',
    '--surface-1': '#16191c',
    '--surface-2': '#101315',
    '--surface-raised': '#1d2226',
    '--surface-hover': '#22282d',
    '--hairline': '#262c31',
    '--accent-text': '#5eead4',
    '--accent-contrast': '#04211d',
    '--accent-soft': '#12332f',
    '--recording': '#ff6b6b',
    '--recording-soft': '#33191b',
    '--warning': '#f5b74f',
    '--warning-soft': '#2f2513',
    '--shadow-raised': '0 10px 34px rgb(0 0 0 / 45%)',
    '--mantine-color-body': '#101315',
    '--mantine-color-text': '#e6e9ec',
    '--mantine-color-dimmed': '#98a2ab',
    '--mantine-color-placeholder': '#7d8790',
    '--mantine-color-error': '#ff8080',
    '--mantine-color-anchor': '#5eead4',
    '--mantine-color-default': '#1d2226',
    '--mantine-color-default-hover': '#252b30',
    '--mantine-color-default-border': '#333a40',
  },
});
