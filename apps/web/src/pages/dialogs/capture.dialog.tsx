import { useState } from 'react';
import { presentError } from '../../api/present-error.ts';
import { useAppDispatch } from '../../store/hooks.ts';
import { CaptureDialog } from '../../features/capture-dialog/capture-dialog.tsx';
import type { RangeChoice } from '../../features/capture-dialog/capture-editor.tsx';
import { useChosenCapture } from '../../features/replay/capture/use-capture.ts';
import { announceError } from '../../ui/announce-error.ts';
import { dialogClosed } from '../../domain/dialogs/dialogs.slice.ts';
import { ShareTargetPicker } from '../../domain/sharing/share-target-picker.tsx';
import type { ShareTargetOption } from '../../domain/sharing/share-target.ts';
import { useShareTargetResolver, useShareTargets } from './use-share-targets.ts';

/** Lets a person choose a part of their own buffer in a channel. The ordinary toast then tells what is saved. */
export function CaptureFromBuffer({ channelId }: { channelId: string }) {
  const dispatch = useAppDispatch();
  const capture = useChosenCapture();
  const resolve = useShareTargetResolver();
  const [search, setSearch] = useState('');
  const { options, isLoading } = useShareTargets(search);
  const [target, setTarget] = useState<ShareTargetOption | null>(null);
  const [isSaving, setSaving] = useState(false);
  const close = () => void dispatch(dialogClosed());

  async function save({ from, to, title, levels, ...choice }: RangeChoice): Promise<void> {
    setSaving(true);
    try {
      const share = target === null ? undefined : await resolve(target.destination);
      const asked = {
        from,
        to,
        ...(title === undefined ? {} : { title }),
        ...(levels === undefined ? {} : { levels }),
        ...(share === undefined ? {} : { share }),
      };
      capture({ ...choice, channelId, asked });
      close();
    } catch (error) {
      announceError(presentError(error));
      setSaving(false);
    }
  }

  return (
    <CaptureDialog
      channelId={channelId}
      target={
        <ShareTargetPicker
          label="Save to"
          options={options}
          isLoading={isLoading}
          value={target}
          onChange={setTarget}
          onSearch={setSearch}
        />
      }
      isSaving={isSaving}
      onSave={(choice) => void save(choice)}
      onClose={close}
    />
  );
}
