import { Anchor } from '@mantine/core';
import { linkify } from './linkify.ts';
import classes from './message.module.css';

/** Shows what somebody wrote, line by line, with its links. */
export function MessageText({ text, isEdited }: { text: string; isEdited: boolean }) {
  return (
    <p className={classes.text}>
      {linkify(text).map((part, index) =>
        part.href === null ? (
          part.text
        ) : (
          <Anchor key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow" inherit>
            {part.text}
          </Anchor>
        ),
      )}
      {isEdited && <span className={classes.edited}> (edited)</span>}
    </p>
  );
}
