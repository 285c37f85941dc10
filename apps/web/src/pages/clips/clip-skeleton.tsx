import { Skeleton } from '@mantine/core';
import classes from './clip.module.css';

/** Holds the place of a clip's page: its player, its title, its details. */
export function ClipSkeleton() {
  return (
    <div className={classes.skeleton} aria-busy="true" aria-label="Loading">
      <Skeleton className={classes.picture} />
      <Skeleton h={66} />
      <Skeleton h={36} w="60%" />
      <Skeleton h={76} />
    </div>
  );
}
