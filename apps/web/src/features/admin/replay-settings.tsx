import { Skeleton, Switch } from '@mantine/core';
import { useId } from 'react';
import { MAX_CONCURRENT_BUFFERS, type CommunityReplayUpdateInput } from '@hindsight/shared/admin';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { NumberField } from '../../ui/fields/number-field.tsx';
import { SettingGroup, SettingRow } from '../../ui/setting-row.tsx';

/** Shows what a community allows of the replay buffer. Each change is saved at once. */
export function ReplaySettings({ communityId }: { communityId: string }) {
  const utils = trpc.useUtils();
  const limitHintId = useId();
  const { data, error, refetch } = trpc.admin.communityReplay.get.useQuery({ communityId });
  const update = trpc.admin.communityReplay.update.useMutation({
    onSuccess: (changed) => utils.admin.communityReplay.get.setData({ communityId }, changed),
    onError: (failure) => announceError(presentError(failure)),
    onSettled: () =>
      Promise.all([
        utils.admin.communityReplay.invalidate(),
        utils.admin.session.invalidate(),
        utils.community.invalidate(),
        utils.role.invalidate(),
      ]),
  });
  const save = (change: Omit<CommunityReplayUpdateInput, 'communityId'>) =>
    update.mutate({ communityId, ...change });

  if (data === undefined)
    return error === null ? (
      <Skeleton h={262} aria-label="Loading the replay settings" />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  const shown = { ...data, ...(update.isPending ? definedOf(update.variables) : {}) };
  return (
    <SettingGroup label="Replay buffer">
      <SwitchSetting
        name="Replay buffer"
        hint="Members can record their own shares into a buffer and save clips of it. Switching it off ends what is being recorded."
        isOn={shown.enabled}
        isChanging={update.isPending}
        onSwitch={(enabled) => save({ enabled })}
      />
      <SettingRow
        name="Recordings at once"
        hint={limitHint(data.runningCount, data.maxConcurrent)}
        hintId={limitHintId}
        isDimmed={!shown.enabled}
      >
        <NumberField
          label="Recordings at once"
          aria-describedby={limitHintId}
          w={80}
          value={shown.maxConcurrent}
          min={0}
          max={MAX_CONCURRENT_BUFFERS}
          allowDecimal={false}
          disabled={!shown.enabled}
          onCommit={(maxConcurrent) => save({ maxConcurrent })}
        />
      </SettingRow>
      <SwitchSetting
        name="Members may record their own shares"
        hint="Gives the role that everybody gets the right to record their own share and to save clips. Without it, other roles decide."
        isOn={shown.membersMayReplay}
        isDimmed={!shown.enabled}
        isChanging={update.isPending}
        onSwitch={(membersMayReplay) => save({ membersMayReplay })}
      />
      <SwitchSetting
        name="Voices in clips"
        hint="The voices of those who agree are kept with a share. Switching it off deletes what buffers hold of them; saved clips stay."
        isOn={shown.allowsVoices}
        isDimmed={!shown.enabled}
        isChanging={update.isPending}
        onSwitch={(allowsVoices) => save({ allowsVoices })}
      />
    </SettingGroup>
  );
}

function SwitchSetting({
  name,
  hint,
  isOn,
  isDimmed = false,
  isChanging,
  onSwitch,
}: {
  name: string;
  hint: string;
  isOn: boolean;
  isDimmed?: boolean;
  isChanging: boolean;
  onSwitch: (isOn: boolean) => void;
}) {
  const hintId = useId();
  return (
    <SettingRow name={name} hint={hint} hintId={hintId} isDimmed={isDimmed}>
      <Switch
        aria-label={name}
        aria-describedby={hintId}
        checked={isOn}
        disabled={isDimmed || isChanging}
        onChange={(event) => onSwitch(event.currentTarget.checked)}
      />
    </SettingRow>
  );
}

function limitHint(runningCount: number, maxConcurrent: number): string {
  const now = runningCount === 1 ? '1 is running now.' : `${runningCount} are running now.`;
  return runningCount > maxConcurrent
    ? `${now} They go on; nobody else can start until fewer run.`
    : `0 to ${MAX_CONCURRENT_BUFFERS}. ${now}`;
}

/** Returns the change without the fields that are undefined. */
function definedOf(change: CommunityReplayUpdateInput) {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
