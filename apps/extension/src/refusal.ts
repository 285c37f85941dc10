/** Nothing was done; the words say why to people. */
export interface Refused {
  isDone: false;
  title: string;
  text: string;
}

interface ErrorAnswer {
  error?: { code?: string; message?: string; remedy?: string };
}

/** Says in words why the server refused. */
export function refusal(status: number, answer: unknown): Refused {
  const {
    code,
    message = `The server answered ${status}.`,
    remedy = '',
  } = (answer as ErrorAnswer | null)?.error ?? {};
  if (code === 'NO_SEGMENTS_FOUND')
    return {
      isDone: false,
      title: 'Nothing is being recorded',
      text: 'Share your screen in Hindsight with the replay buffer on.',
    };
  if (status === 401)
    return {
      isDone: false,
      title: 'The key no longer works',
      text: 'It was revoked or has expired. Pair again in the menu of the extension.',
    };
  return { isDone: false, title: 'Nothing was saved', text: `${message} ${remedy}`.trim() };
}
