import { Button, Modal, Radio, Skeleton, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData } from '@tanstack/react-query';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { ExportList, ExportOptions } from '@hindsight/shared/clips/export';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import classes from './export-dialog.module.css';
import { EXPORT_KINDS } from './export-kinds.ts';
import { KeptExports } from './kept-exports.tsx';
import { KindOptions } from './options/kind-options.tsx';
import { useExportOptions } from './options/use-export-options.ts';
import { planText } from './plan-text.ts';
import { useExportCache } from './use-export-cache.ts';

/** While something is dragged, the server isn't asked for each step what would come of it. */
const ASK_AFTER_MS = 250;

/** Makes files of other forms of a clip, and lists those that are kept. */
export function ExportDialog({
  clipId,
  atMs,
  onClose,
}: {
  clipId: string;
  /** The moment that was on screen when the dialog was asked for. */
  atMs: number;
  onClose: () => void;
}) {
  const clip = trpc.clip.get.useQuery({ clipId });
  const list = trpc.export.list.useQuery({ clipId });
  const error = clip.error ?? list.error;
  return (
    <Modal opened onClose={onClose} title="Export" size="xl">
      {error !== null && (
        <ErrorState
          error={presentError(error)}
          onRetry={() => void Promise.all([clip.refetch(), list.refetch()])}
        />
      )}
      {error === null &&
        (clip.data === undefined || list.data === undefined ? (
          <Skeleton h={320} aria-label="Loading" />
        ) : (
          <ExportForm clip={clip.data} list={list.data} atMs={atMs} />
        ))}
    </Modal>
  );
}

function ExportForm({ clip, list, atMs }: { clip: ClipDto; list: ExportList; atMs: number }) {
  const { choices, options, change } = useExportOptions(clip, { limitBytes: list.chatLimitBytes, atMs });
  return (
    <div className={classes.form}>
      <Radio.Group aria-label="What to make" value={choices.kind} onChange={(kind) => change({ kind })}>
        <div className={classes.kinds}>
          {EXPORT_KINDS.map(({ kind, label, hint, icon: Icon }) => (
            <Radio.Card key={kind} value={kind} className={classes.kind} aria-label={`${label}: ${hint}`}>
              <Icon size={22} aria-hidden />
              <span className={classes.kindLabel}>{label}</span>
              <span className={classes.kindHint}>{hint}</span>
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
      <KindOptions clip={clip} choices={choices} change={change} />
      {/* After post-processing the clip has another file, of which something else may come. */}
      <StartExport key={clip.videoUrl} clip={clip} options={options} />
      <KeptExports items={list.items} />
    </div>
  );
}

/** Says what would come of an export, and starts it. */
function StartExport({ clip, options }: { clip: ClipDto; options: ExportOptions }) {
  const cache = useExportCache();
  const [asked] = useDebouncedValue(options, ASK_AFTER_MS);
  const plan = trpc.export.plan.useQuery(
    { clipId: clip.id, options: asked },
    { placeholderData: keepPreviousData, retry: false, staleTime: 0, refetchOnMount: 'always' },
  );
  const create = trpc.export.create.useMutation({
    onError: (error) => announceError(presentError(error)),
    onSettled: cache.refresh,
  });
  const failure = plan.error === null ? null : presentError(plan.error);
  return (
    <div className={classes.start}>
      <Text role="status" className="tabular" c={failure === null ? undefined : 'var(--recording)'}>
        {failure !== null
          ? `${failure.text} ${failure.remedy}`
          : plan.data === undefined
            ? ' '
            : capitalized(planText(plan.data))}
      </Text>
      <Button
        loading={create.isPending}
        disabled={failure !== null}
        onClick={() => create.mutate({ clipId: clip.id, options })}
      >
        Export
      </Button>
    </div>
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
