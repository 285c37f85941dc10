import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter } from 'react-router';
import { trpc } from '../api/trpc.ts';
import { cssVariablesResolver, theme } from '../app/theme.ts';
import { fakeApiLink, type FakeAnswers } from './fake-api.ts';

/** Renders a component as in the app, at an address, with a server that answers as told. */
export function renderApp(element: ReactNode, answers: FakeAnswers = {}, { at = '/' } = {}) {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const apiClient = trpc.createClient({ links: [fakeApiLink(answers)] });
  return render(
    <trpc.Provider client={apiClient} queryClient={queryClient}>
      <QueryClientProvider client={queryClient}>
        <MantineProvider env="test" theme={theme} cssVariablesResolver={cssVariablesResolver}>
          <MemoryRouter initialEntries={[at]}>{element}</MemoryRouter>
        </MantineProvider>
      </QueryClientProvider>
    </trpc.Provider>,
  );
}
