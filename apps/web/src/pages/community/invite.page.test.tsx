// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { Link, Route, Routes } from 'react-router';
import { expect, test } from 'vitest';
import { trpc } from '../../api/trpc.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { InvitePage } from './invite.page.tsx';

const community = (id: string, name: string) => ({ id, name, channels: [], actions: [], memberCount: 1 });

test('who joins by an invite comes into a community that the list knows already', async () => {
  const communities = [community('home', 'Home')];
  const shown: string[][] = [];

  function Communities() {
    const { data } = trpc.community.list.useQuery();
    if (data !== undefined) shown.push(data.map(({ name }) => name));
    return <Link to="/invite/abc">{data === undefined ? 'Loading' : 'See the invite'}</Link>;
  }

  renderApp(
    <Routes>
      <Route path="/" element={<Communities />} />
      <Route path="/invite/:code" element={<InvitePage />} />
      <Route path="/c/:communityId" element={<Communities />} />
    </Routes>,
    {
      'auth.status': () => ({
        user: { id: 'ada', username: 'ada', isInstanceAdmin: false },
        registration: 'open',
      }),
      'community.list': () => [...communities],
      'invite.get': () => ({ communityName: 'Attic', memberCount: 1, joinedCommunityId: null }),
      'invite.accept'() {
        communities.push(community('attic', 'Attic'));
        return { communityId: 'attic' };
      },
    },
  );
  fireEvent.click(await screen.findByText('See the invite'));
  const join = await screen.findByRole('button', { name: 'Join Attic' });
  shown.length = 0;
  fireEvent.click(join);
  await screen.findByText('See the invite');
  expect(shown[0]).toEqual(['Home', 'Attic']);
});
