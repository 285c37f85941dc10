import { createTRPCReact } from '@trpc/react-query';
import type { AppRouter } from '@hindsight/server/app-router';

/** These are typed hooks for every procedure; the server's router is imported as a type only. */
export const trpc = createTRPCReact<AppRouter>();
