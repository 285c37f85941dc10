import { Button, Group, Modal, MultiSelect, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { MAX_CONVERSATION_MEMBERS, type Person } from '@hindsight/shared/chat/message';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';

/** Opens a conversation with people from my communities. With one person it opens the conversation that exists. */
export function NewMessageDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="New message">
      <PeopleForm onClose={onClose} />
    </Modal>
  );
}

function PeopleForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const utils = trpc.useUtils();
  const [picked, setPicked] = useState<Person[]>([]);
  const [search, setSearch] = useState('');
  /** Each pick closes the list, because it lies over the buttons. */
  const [isListOpen, setListOpen] = useState(false);
  const [searched] = useDebouncedValue(search.trim(), 200);
  const people = trpc.user.list.useQuery(
    { search: searched.slice(0, 32) },
    { placeholderData: (previous) => previous },
  );
  const create = trpc.dm.create.useMutation({
    async onSuccess({ id }) {
      void utils.dm.list.invalidate();
      onClose();
      await navigate(`/dm/${id}`);
    },
  });

  const found = people.data ?? [];
  const known = new Map([...picked, ...found].map((person) => [person.id, person]));
  const isFull = picked.length >= MAX_CONVERSATION_MEMBERS - 1;
  const error = people.error ?? create.error;

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (picked.length > 0) create.mutate({ userIds: picked.map(({ id }) => id) });
      }}
    >
      <MultiSelect
        label="To"
        description={`Up to ${MAX_CONVERSATION_MEMBERS - 1} people from your communities`}
        placeholder={picked.length === 0 ? 'Search people' : undefined}
        data-autofocus
        searchable
        hidePickedOptions
        clearSearchOnChange
        maxValues={MAX_CONVERSATION_MEMBERS - 1}
        data={[...known.values()].map(({ id, username }) => ({ value: id, label: username }))}
        value={picked.map(({ id }) => id)}
        onChange={(ids) => {
          setPicked(ids.flatMap((id) => known.get(id) ?? []));
          setListOpen(false);
        }}
        dropdownOpened={isListOpen}
        onDropdownOpen={() => setListOpen(true)}
        onDropdownClose={() => setListOpen(false)}
        searchValue={search}
        onSearchChange={setSearch}
        nothingFoundMessage={
          people.isPending
            ? 'Looking…'
            : searched === ''
              ? picked.length === 0
                ? 'Nobody shares a community with you yet'
                : 'Search for more people'
              : 'Nobody by that name in your communities'
        }
        comboboxProps={{ withinPortal: true }}
      />
      {isFull && (
        <Text size="xs" c="dimmed" mt={6}>
          There is no room for more people in this conversation.
        </Text>
      )}
      {error !== null && (
        <Text size="sm" c="var(--mantine-color-error)" mt="sm" role="alert">
          {presentError(error).text} {presentError(error).remedy}
        </Text>
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" disabled={picked.length === 0} loading={create.isPending}>
          Write
        </Button>
      </Group>
    </form>
  );
}
