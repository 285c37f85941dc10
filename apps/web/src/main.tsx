import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app/global.css';
import { getQueryKey } from '@trpc/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { trpc } from './api/trpc.ts';
import { Providers } from './app/providers.tsx';
import { createAppRouter } from './app/router.tsx';
import { createServices } from './app/services.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id "root"');

const services = createServices({
  // The guard around all pages reads the status and leads to the sign-in page.
  onSignedOut: () => void services.queryClient.invalidateQueries({ queryKey: getQueryKey(trpc.auth.status) }),
});

createRoot(root).render(
  <StrictMode>
    <Providers {...services}>
      <RouterProvider router={createAppRouter()} />
    </Providers>
  </StrictMode>,
);
