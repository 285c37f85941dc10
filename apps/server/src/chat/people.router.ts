import { peopleInput, personSchema } from '@hindsight/shared/chat/message';
import { z } from 'zod';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { Chat } from './chat.ts';

/** Makes `user.list`, which is merged into the user router. */
export function createPeopleRouter({ people }: Pick<Chat, 'people'>) {
  return router({
    list: signedInProcedure
      .input(peopleInput)
      .output(z.array(personSchema))
      .query(({ ctx, input }) => people.list(ctx.user, input.search)),
  });
}
