// @vitest-environment happy-dom
import { act, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { trpc } from '../../../api/trpc.ts';
import { renderApp } from '../../../testing/render-app.tsx';
import { useClipCache } from './use-clip-cache.ts';

const CLIP_ID = '0199a000-0000-7000-8000-00000000c11b';
const inState = (status: ClipDto['status']) => ({ id: CLIP_ID, title: 'Clip', status }) as ClipDto;

test('news of a clip is not undone by an older answer that was under way', async () => {
  const answers: PromiseWithResolvers<ClipDto>[] = [];
  let cache: ReturnType<typeof useClipCache> | undefined;
  function Shown() {
    cache = useClipCache();
    const { data } = trpc.clip.get.useQuery({ clipId: CLIP_ID });
    return <p>{data?.status ?? 'nothing'}</p>;
  }
  renderApp(<Shown />, {
    'clip.get': () => {
      const answer = Promise.withResolvers<ClipDto>();
      answers.push(answer);
      return answer.promise;
    },
  });
  await expect.poll(() => answers).toHaveLength(1);

  act(() => cache?.changed(inState('READY')));
  await screen.findByText('READY');
  // What was under way is asked for anew, and its answer no longer counts.
  await expect.poll(() => answers).toHaveLength(2);
  await act(async () => answers[0]?.resolve(inState('PROCESSING')));
  await act(async () => answers[1]?.resolve({ ...inState('READY'), title: 'Newer' }));
  expect(screen.getByText('READY')).toBeTruthy();
  expect(screen.queryByText('PROCESSING')).toBeNull();
});
