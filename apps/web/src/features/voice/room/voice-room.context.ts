import { createContext, useContext } from 'react';
import type { VoiceRoom } from './voice-room.ts';

export const VoiceRoomContext = createContext<VoiceRoom | null>(null);

export function useVoiceRoom(): VoiceRoom {
  const room = useContext(VoiceRoomContext);
  if (room === null) throw new Error('useVoiceRoom needs a VoiceRoomContext above it');
  return room;
}
