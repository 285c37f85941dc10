// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../testing/render-app.tsx';
import { SearchableList, useListSearch } from './searchable-list.tsx';

const answered = {
  error: null,
  isPending: false,
  isError: false,
  isPlaceholderData: false,
  hasNextPage: false,
  isFetchingNextPage: false,
  refetch: () => Promise.resolve(),
  fetchNextPage: () => Promise.resolve(),
};

function Crew({ query }: { query: Parameters<typeof SearchableList<string>>[0]['query'] }) {
  const search = useListSearch();
  return (
    <SearchableList
      name="Crew"
      noun={['sailor', 'sailors']}
      search={search}
      query={query}
      emptyText={`Nobody is called “${search.searched}”.`}
      skeletonHeight={40}
    >
      {(name) => <li key={name}>{name}</li>}
    </SearchableList>
  );
}

test('shows the rows of all pages, how many there are in all, and loads more when asked', () => {
  const asked: string[] = [];
  const pages = [
    { items: ['ada', 'bo'], total: 5 },
    { items: ['cleo'], total: 5 },
  ];
  const fetchNextPage = () => Promise.resolve(asked.push('next page'));
  renderApp(<Crew query={{ ...answered, data: { pages }, hasNextPage: true, fetchNextPage }} />);
  expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    'ada',
    'bo',
    'cleo',
  ]);
  expect(screen.getByRole('status').textContent).toBe('5 sailors');
  fireEvent.click(screen.getByRole('button', { name: 'Load more' }));
  expect(asked).toEqual(['next page']);
});

test('says that nothing was found, once the typing has stopped', async () => {
  renderApp(<Crew query={{ ...answered, data: { pages: [{ items: [], total: 0 }] } }} />);
  fireEvent.change(screen.getByRole('searchbox', { name: 'Search sailors' }), { target: { value: ' zoe ' } });
  expect(await screen.findByText('Nobody is called “zoe”.')).toBeDefined();
});

test('shows an error in place of the rows, and asks again', () => {
  const asked: string[] = [];
  const refetch = () => Promise.resolve(asked.push('again'));
  renderApp(
    <Crew query={{ ...answered, data: undefined, isError: true, error: new Error('no'), refetch }} />,
  );
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(asked).toEqual(['again']);
  expect(screen.queryByRole('list')).toBeNull();
});
