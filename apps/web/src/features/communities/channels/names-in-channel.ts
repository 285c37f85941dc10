const SHOWN_NAMES = 3;

/** Names the people in a voice channel in a few words: "ada and bo", "ada, bo, cleo and 4 more". */
export function namesInChannel(names: readonly string[]): string {
  if (names.length === 0) return 'Nobody is here yet';
  const shown = names.slice(0, SHOWN_NAMES);
  const more = names.length - shown.length;
  return new Intl.ListFormat('en').format(more === 0 ? shown : [...shown, `${more} more`]);
}
