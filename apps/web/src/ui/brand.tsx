import { Group, Text } from '@mantine/core';

/** Shows the sign of the app: a turned-back arrow around "play". */
export function BrandMark({ size }: { size: number }) {
  return <img src="/icon.svg" width={size} height={size} alt="" />;
}

export function Brand() {
  return (
    <Group gap={10} wrap="nowrap">
      <BrandMark size={32} />
      <Text component="span" size="lg" fw={700} lts="-0.01em">
        Hindsight
      </Text>
    </Group>
  );
}
