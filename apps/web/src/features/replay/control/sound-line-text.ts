/** What goes into the sound of the person's clips. */
export interface ClipSound {
  /** Whether the share has sound; null when nothing is shared yet. */
  hasShareSound: boolean | null;
  isOwnVoiceKept: boolean;
  /** This many other people's voices are kept now. */
  voiceCount: number;
}

/** Says what goes into the sound of the person's clips, briefly: "share · my microphone · 2 voices". */
export function soundLineText({ hasShareSound, isOwnVoiceKept, voiceCount }: ClipSound): string {
  const parts = [
    ...(hasShareSound === false ? [] : ['share']),
    ...(isOwnVoiceKept ? ['my microphone'] : []),
    ...(voiceCount === 0 ? [] : [voiceCount === 1 ? '1 voice' : `${voiceCount} voices`]),
  ];
  return parts.length === 0 ? 'none' : parts.join(' · ');
}
