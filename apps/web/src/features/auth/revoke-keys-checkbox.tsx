import { Checkbox, type CheckboxProps } from '@mantine/core';
import { trpc } from '../../api/trpc.ts';

/** Offers to revoke the keys for other programs as well. Nothing is shown to those who have none. */
export function RevokeKeysCheckbox(props: Pick<CheckboxProps, 'checked' | 'onChange'>) {
  const { data: keys = [] } = trpc.key.list.useQuery();
  if (keys.length === 0) return null;
  const which = keys.length === 1 ? 'my key' : `my ${keys.length} keys`;
  return (
    <Checkbox
      {...props}
      label={`Also revoke ${which} for other programs`}
      description="Otherwise they go on working."
    />
  );
}
