import {
  createdProgramKeySchema,
  programKeyCreateInput,
  programKeyInput,
  programKeySchema,
} from '@hindsight/shared/account/program-key';
import { z } from 'zod';
import type { AttemptLimits } from '../access/attempt-limits.ts';
import type { Accounts } from '../auth/accounts.service.ts';
import { createPasswordAttempts } from '../auth/password-attempts.ts';
import { router, signedInProcedure } from '../trpc/trpc.ts';
import type { ProgramKeys } from './program-keys.service.ts';

interface KeyRouterDependencies {
  accounts: Pick<Accounts, 'requirePassword'>;
  keys: Pick<ProgramKeys, 'list' | 'create' | 'revoke'>;
  limits: AttemptLimits;
}

/**
 * Makes the procedures for a person's keys for other programs. Making one asks for the password, because a key outlives the session;
 * revoking asks for nothing, because that must be quick.
 */
export function createKeyRouter({ accounts, keys, limits }: KeyRouterDependencies) {
  const attempt = createPasswordAttempts(limits);

  return router({
    list: signedInProcedure.output(z.array(programKeySchema)).query(({ ctx }) => keys.list(ctx.user.id)),

    create: signedInProcedure
      .input(programKeyCreateInput)
      .output(createdProgramKeySchema)
      .mutation(async ({ ctx, input: { password, ...wanted } }) => {
        await attempt(ctx.user, () => accounts.requirePassword(ctx.user, password));
        return keys.create(ctx.user, wanted);
      }),

    revoke: signedInProcedure
      .input(programKeyInput)
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await keys.revoke(ctx.user, input.keyId);
        return {};
      }),
  });
}
