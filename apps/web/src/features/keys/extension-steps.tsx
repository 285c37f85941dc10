import { Anchor, List, Text } from '@mantine/core';

/** Says how to get the browser extension, whose shortcuts work whatever program is in front. */
export function ExtensionSteps() {
  return (
    <div>
      <Text fw={550} mt="md">
        Browser extension
      </Text>
      <Text size="xs" c="dimmed" mb={6}>
        For Chrome, Edge and other Chromium browsers: its shortcuts save clips whatever program is in front.
      </Text>
      <List type="ordered" size="sm">
        <List.Item>
          <Anchor href="/hindsight-extension.zip" download inherit underline="always">
            Download it
          </Anchor>{' '}
          and unpack it to a folder that stays.
        </List.Item>
        <List.Item>
          Open chrome://extensions, switch on “Developer mode”, choose “Load unpacked” and that folder.
        </List.Item>
        <List.Item>Click its icon, type the address of this page, and press “Pair”.</List.Item>
      </List>
    </div>
  );
}
