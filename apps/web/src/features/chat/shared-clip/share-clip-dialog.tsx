import {
  Button,
  Combobox,
  Group,
  Modal,
  ScrollArea,
  Text,
  Textarea,
  TextInput,
  useCombobox,
} from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { MAX_MESSAGE_LENGTH, type MessageDto, type MessageTarget } from '@hindsight/shared/chat/message';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { ShareTargetName, ShareTargetOptions } from '../../../domain/sharing/share-target-options.tsx';
import type { ShareDestination, ShareTargetOption } from '../../../domain/sharing/share-target.ts';
import classes from './share-clip-dialog.module.css';
import { useMessagePages } from '../history/use-message-events.ts';

interface ShareClipProps {
  clip: { clipId: string; title: string };
  options: readonly ShareTargetOption[];
  isLoading: boolean;
  search: string;
  onSearch: (search: string) => void;
  /** Makes sure that the place exists. */
  resolve: (destination: ShareDestination) => Promise<MessageTarget>;
  onShared: (message: MessageDto, option: ShareTargetOption) => void;
  onClose: () => void;
}

/** Posts a clip to a channel, a conversation or a person. The keyboard alone is enough to find, pick and send. */
export function ShareClipDialog(props: ShareClipProps) {
  return (
    <Modal opened onClose={props.onClose} title={`Share “${props.clip.title}”`}>
      <ShareForm {...props} />
    </Modal>
  );
}

function ShareForm({
  clip,
  options,
  isLoading,
  search,
  onSearch,
  resolve,
  onShared,
  onClose,
}: ShareClipProps) {
  const applyToPages = useMessagePages();
  const [picked, setPicked] = useState<ShareTargetOption | null>(null);
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isSharing, setSharing] = useState(false);
  const { mutateAsync } = trpc.clip.share.useMutation();
  const combobox = useCombobox({ opened: true });
  const isTooLong = text.trim().length > MAX_MESSAGE_LENGTH;

  async function share(option: ShareTargetOption): Promise<void> {
    setSharing(true);
    setError(null);
    try {
      const target = await resolve(option.destination);
      const message = await mutateAsync({ clipId: clip.clipId, target, text: text.trim() });
      applyToPages({ type: 'created', message });
      onShared(message, option);
    } catch (thrown) {
      setError(thrown);
      setSharing(false);
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (picked !== null && !isTooLong) void share(picked);
      }}
    >
      <Combobox
        store={combobox}
        onOptionSubmit={(key) => setPicked(options.find((option) => option.key === key) ?? null)}
      >
        <Combobox.EventsTarget>
          <TextInput
            type="search"
            aria-label="Search channels and people"
            placeholder="Search channels and people"
            leftSection={<IconSearch size={16} aria-hidden />}
            data-autofocus
            // An open combobox keeps Escape for itself, and this one is always open.
            onKeyDown={(event) => event.key === 'Escape' && onClose()}
            value={search}
            onChange={(event) => {
              onSearch(event.currentTarget.value);
              combobox.updateSelectedOptionIndex();
              combobox.selectFirstOption();
            }}
          />
        </Combobox.EventsTarget>
        <ScrollArea.Autosize mah="38dvh" mt="sm" type="auto" className={classes.list}>
          <Combobox.Options aria-label="Share to">
            <ShareTargetOptions
              options={options}
              search={search}
              selectedKey={picked?.key ?? null}
              isLoading={isLoading}
            />
          </Combobox.Options>
        </ScrollArea.Autosize>
      </Combobox>
      <div className={classes.picked} role="status">
        {picked === null ? <Text c="dimmed">Pick where it goes.</Text> : <ShareTargetName option={picked} />}
      </div>
      <Textarea
        label="Message"
        description="Optional"
        autosize
        minRows={1}
        maxRows={5}
        value={text}
        error={isTooLong ? `At most ${MAX_MESSAGE_LENGTH} characters` : null}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error !== null && (
        <Text c="var(--mantine-color-error)" mt="sm" role="alert">
          {presentError(error).text} {presentError(error).remedy}
        </Text>
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" disabled={picked === null || isTooLong} loading={isSharing}>
          Share
        </Button>
      </Group>
    </form>
  );
}
