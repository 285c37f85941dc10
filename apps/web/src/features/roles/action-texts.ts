import type { Action } from '@hindsight/shared/community/permissions';

interface ActionText {
  name: string;
  /** The hint says in a sentence what the action lets people do. */
  hint: string;
}

/** The table holds the name of each action where roles are made. */
export const ACTION_TEXTS: Record<Action, ActionText> = {
  CONNECT: { name: 'Join voice channels', hint: 'Enter voice channels, talk and listen there.' },
  SHARE_SCREEN: { name: 'Share the screen', hint: 'Show a screen, window or tab in a voice channel.' },
  SEND_MESSAGES: { name: 'Send messages', hint: 'Write and share clips in text channels.' },
  ENABLE_REPLAY_BUFFER: {
    name: 'Record their own share',
    hint: 'Switch the replay buffer on for their screen share. Everybody in the channel sees it.',
  },
  CAPTURE_REPLAY: { name: 'Save clips', hint: 'Keep the last minutes of their replay buffer as a clip.' },
  MANAGE_REPLAY_LIMITS: {
    name: 'Manage the replay buffer',
    hint: 'Switch it on or off here, set how many can be recorded at once, and stop recordings.',
  },
  MANAGE_COMMUNITY: {
    name: 'Manage the community',
    hint: 'Rename or delete it, invite people and remove members.',
  },
  MANAGE_CHANNELS: { name: 'Manage channels', hint: 'Make, rename, move and delete channels.' },
  MANAGE_ROLES: { name: 'Manage roles', hint: 'Make roles and give them to members.' },
};

/** The groups are in the order in which they are shown: first what everybody needs, last what few should have. */
export const ACTION_GROUPS: readonly { title: string; actions: readonly Action[] }[] = [
  { title: 'Taking part', actions: ['CONNECT', 'SHARE_SCREEN', 'SEND_MESSAGES'] },
  { title: 'Replay', actions: ['ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY', 'MANAGE_REPLAY_LIMITS'] },
  { title: 'Administration', actions: ['MANAGE_COMMUNITY', 'MANAGE_CHANNELS', 'MANAGE_ROLES'] },
];
