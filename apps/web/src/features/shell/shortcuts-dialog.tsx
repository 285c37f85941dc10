import { Anchor, Kbd, Modal, Table, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { Link } from 'react-router';
import { hotkeyParts } from '../../hotkeys/format-hotkey.ts';
import { HOTKEY_ACTIONS, type HotkeyLabels, type Hotkeys } from '../../hotkeys/hotkey-actions.ts';
import { useHotkeyLabels, useHotkeySettings } from '../../hotkeys/use-hotkeys.ts';

interface Shortcut {
  /** Each key alone does it, unless they are pressed together. */
  keys: string[];
  does: string;
}

/** These keys can't be set, because they have a meaning in one place only. */
const FIXED: { title: string; shortcuts: Shortcut[] }[] = [
  {
    title: 'Watching a clip',
    shortcuts: [
      { keys: ['Space', 'K'], does: 'Play or pause' },
      { keys: ['J', 'L'], does: '10 seconds back or forward' },
      { keys: ['←', '→'], does: '5 seconds back or forward' },
      { keys: [',', '.'], does: 'One picture back or forward' },
      { keys: ['<', '>'], does: 'Slower or faster' },
      { keys: ['P', 'N'], does: 'Previous or next marker' },
      { keys: ['M'], does: 'Sound off or on' },
      { keys: ['F'], does: 'Full screen' },
    ],
  },
  {
    title: 'Choosing a range',
    shortcuts: [
      { keys: ['←', '→'], does: 'Move a handle by 1 second; with Shift by 0.1' },
      { keys: ['I', 'O'], does: 'Begin or end here' },
      { keys: [',', '.'], does: 'One picture back or forward' },
      { keys: ['Space'], does: 'Play the selection' },
    ],
  },
  {
    title: 'Writing a message',
    shortcuts: [
      { keys: ['Enter'], does: 'Send it; with Shift a new line' },
      { keys: ['↑'], does: 'Change your last message' },
    ],
  },
  { title: 'Anywhere', shortcuts: [{ keys: ['?'], does: 'This list' }] },
];

/** Shows the list of shortcuts, which "?" opens. */
export function ShortcutsDialog() {
  const [isOpen, { open, close }] = useDisclosure(false);
  const hotkeys = useHotkeySettings();
  const labels = useHotkeyLabels();
  useHotkeys([
    ['shift+?', open],
    ['?', open],
  ]);
  return (
    <Modal opened={isOpen} onClose={close} size="lg" title="Keyboard shortcuts">
      <ShortcutTable title="Your hotkeys" shortcuts={setShortcuts(hotkeys, labels)} />
      <Text size="xs" c="dimmed" mb="md">
        Change them in{' '}
        <Anchor component={Link} to="/me" size="xs" underline="always" onClick={close}>
          your preferences
        </Anchor>
        .
      </Text>
      {FIXED.map((group) => (
        <ShortcutTable key={group.title} {...group} />
      ))}
    </Modal>
  );
}

function ShortcutTable({ title, shortcuts }: { title: string; shortcuts: Shortcut[] }) {
  return (
    <Table mb="sm" captionSide="top" styles={{ caption: { textAlign: 'start', marginTop: 0 } }}>
      <Table.Caption>{title}</Table.Caption>
      <Table.Tbody>
        {shortcuts.map(({ keys, does }) => (
          <Table.Tr key={does}>
            <Table.Td w={150}>
              {keys.map((key) => (
                <Kbd key={key} mr={4}>
                  {key}
                </Kbd>
              ))}
            </Table.Td>
            <Table.Td>{does}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Returns the hotkeys as they are set. */
function setShortcuts(hotkeys: Hotkeys, labels: HotkeyLabels): Shortcut[] {
  return HOTKEY_ACTIONS.flatMap((action) => {
    const hotkey = hotkeys[action];
    return hotkey === null ? [] : [{ keys: hotkeyParts(hotkey), does: labels[action] }];
  });
}
