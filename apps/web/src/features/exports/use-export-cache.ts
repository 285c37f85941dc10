import { useQueryClient } from '@tanstack/react-query';
import { getQueryKey } from '@trpc/react-query';
import type { ExportList } from '@hindsight/shared/clips/export';
import { trpc } from '../../api/trpc.ts';

/** Applies what happened to an export to everything that shows it. */
export function useExportCache() {
  const utils = trpc.useUtils();
  const queryClient = useQueryClient();
  const lists = { queryKey: getQueryKey(trpc.export.list, undefined, 'query') };

  function refresh(): void {
    void utils.export.list.invalidate();
    void utils.quota.mine.invalidate();
  }

  return {
    refresh,
    apply({ exportId, progress }: { exportId: string; progress: number | null }): void {
      if (progress === null) return refresh();
      queryClient.setQueriesData<ExportList>(
        lists,
        (list) =>
          list && {
            ...list,
            items: list.items.map((one) =>
              one.id === exportId && one.status === 'PROCESSING' ? { ...one, progress } : one,
            ),
          },
      );
    },
  };
}
