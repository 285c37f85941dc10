import { Text, Title } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useCallback, useEffectEvent, useMemo, useState, type ReactNode } from 'react';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { MINUTE } from '@hindsight/shared/units';
import { presentError } from '../../../api/present-error.ts';
import { ErrorState } from '../../../ui/error-state.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { inOrderOfTime, type SelectedClip } from '../selection/clip-selection.ts';
import { JoinClipsDialog } from '../selection/join-clips-dialog.tsx';
import { SelectionBar } from '../selection/selection-bar.tsx';
import { ClipCardSkeleton } from '../card/clip-card.tsx';
import { ClipGrid } from './clip-grid.tsx';
import classes from './clip-library.module.css';
import { DeleteClipsDialog } from '../deletion/delete-clips-dialog.tsx';
import { hasFilters, toListInput } from '../filters/library-filters.ts';
import { LibraryToolbar } from '../filters/library-toolbar.tsx';
import { EmptyLibrary, NoMatches } from './empty-library.tsx';
import { PublicLinksDialog } from '../public-links/public-links-dialog.tsx';
import { QuotaMeter } from './quota-meter.tsx';
import { useClipWindow } from './use-clip-window.ts';
import { useConfirmedDeletion } from '../deletion/use-confirmed-deletion.ts';
import { useLibraryFilters } from '../filters/use-library-filters.ts';
import { useClipSelection } from '../selection/use-clip-selection.ts';

const NO_RANGE = [0, 0] as const;

/** Shows all my clips, to find, sort, play, name, select and delete. */
export function ClipLibrary({
  emptyPicture,
  emptyAction,
  onShare,
  onExport,
}: {
  emptyPicture: ReactNode;
  emptyAction: ReactNode;
  onShare: (clip: ClipDto) => void;
  onExport: (clip: ClipDto) => void;
}) {
  const { filters, change, clear } = useLibraryFilters();
  const nowMs = useNow(MINUTE);
  const [range, setRange] = useState<readonly [number, number]>(NO_RANGE);
  const clips = useClipWindow(toListInput(filters), range);
  const { total, shown } = clips;
  const selection = useClipSelection(shown, total);
  const [linksOf, setLinksOf] = useState<ClipDto | null>(null);
  const [joining, setJoining] = useState<readonly SelectedClip[] | null>(null);
  const deletion = useConfirmedDeletion(selection.clear);

  const onRange = useCallback(
    (first: number, last: number) =>
      setRange((now) => (now[0] === first && now[1] === last ? now : [first, last])),
    [],
  );
  const onToggle = useStable(selection.toggle);
  const remove = useStable((clip: ClipDto) => deletion.ask([clip]));
  const share = useStable(onShare);
  const exportAs = useStable(onExport);
  const actions = useMemo(
    () => ({ rename: () => undefined, share, exportAs, link: setLinksOf, remove }),
    [share, exportAs, remove],
  );

  const isSelecting = selection.selection.clips.size > 0;
  const selected = () => [...selection.selection.clips.values()];
  useHotkeys([
    ['mod+A', () => total > 0 && selection.selectAll()],
    ['Escape', () => isSelecting && selection.clear()],
    ['Delete', () => isSelecting && deletion.ask(selected())],
  ]);

  return (
    <div className={classes.library}>
      <header className={classes.header}>
        <div className={classes.titleRow}>
          <Title order={1}>My clips</Title>
          <Text c="dimmed" className="tabular" role="status">
            {total > 0 && (total === 1 ? '1 clip' : `${total.toLocaleString()} clips`)}
          </Text>
        </div>
        <QuotaMeter />
        <LibraryToolbar filters={filters} nowMs={nowMs} onChange={change} />
      </header>

      {clips.isPending && <GridSkeleton />}
      {clips.error !== null && (
        <ErrorState error={presentError(clips.error)} onRetry={() => void clips.refetch()} />
      )}
      {total > 0 && (
        <ClipGrid
          key={JSON.stringify(shown)}
          total={total}
          clipAt={clips.clipAt}
          onRange={onRange}
          isBehind={clips.isBehind}
          nowMs={nowMs}
          selection={selection.selection}
          onToggle={onToggle}
          actions={actions}
        />
      )}
      {total === 0 &&
        !clips.isPending &&
        clips.error === null &&
        (hasFilters(filters) ? (
          <NoMatches search={filters.search} onClear={clear} />
        ) : (
          <EmptyLibrary picture={emptyPicture} action={emptyAction} />
        ))}
      {isSelecting && (
        <SelectionBar
          selection={selection.selection}
          total={total}
          isCollecting={selection.isCollecting}
          isDeleting={deletion.isDeleting}
          onSelectAll={selection.selectAll}
          onClear={selection.clear}
          onJoin={() => setJoining(inOrderOfTime(selection.selection))}
          onDelete={() => deletion.ask(selected())}
        />
      )}
      <DeleteClipsDialog {...deletion.dialog} />
      <JoinClipsDialog clips={joining} onClose={() => setJoining(null)} onJoined={selection.clear} />
      <PublicLinksDialog clip={linksOf} onClose={() => setLinksOf(null)} />
    </div>
  );
}

/**
 * Returns a callback that stays the same, so that cards needn't be drawn again, and always calls the newest one given.
 */
function useStable<Arguments extends unknown[]>(callback: (...args: Arguments) => void) {
  const latest = useEffectEvent(callback);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- an effect event is the same for good
  return useCallback((...args: Arguments) => latest(...args), []);
}

function GridSkeleton() {
  return (
    <div className={classes.grid} aria-busy="true" aria-label="Loading clips">
      {Array.from({ length: 12 }, (_, index) => (
        <ClipCardSkeleton key={index} />
      ))}
    </div>
  );
}
