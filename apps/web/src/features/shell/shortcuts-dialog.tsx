import { Kbd, Modal, Table } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';

const SHORTCUTS = [
  { keys: ['Alt', 'C'], does: 'Save a clip of the default length' },
  { keys: ['E'], does: 'Name the newest clip' },
  { keys: ['M'], does: 'Mute or unmute' },
  { keys: ['D'], does: 'Deafen or undeafen' },
  { keys: ['Space'], does: 'Play or pause a clip' },
  { keys: ['J', 'L'], does: 'Back and forward 10 seconds' },
  { keys: [',', '.'], does: 'One picture back or forward' },
  { keys: ['F'], does: 'Full screen' },
  { keys: ['?'], does: 'This list' },
];

/** The list of shortcuts, opened with "?". */
export function ShortcutsDialog() {
  const [isOpen, { open, close }] = useDisclosure(false);
  useHotkeys([
    ['shift+?', open],
    ['?', open],
  ]);
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title="Keyboard shortcuts"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Table>
        <Table.Tbody>
          {SHORTCUTS.map(({ keys, does }) => (
            <Table.Tr key={does}>
              <Table.Td w={120}>
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
    </Modal>
  );
}
