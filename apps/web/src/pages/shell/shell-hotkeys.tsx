import { APP_ERRORS } from '@hindsight/shared/errors';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { useDropMarker } from '../../features/replay/capture/use-drop-marker.ts';
import { useIsMicOn, useVoiceState } from '../../features/voice/room/use-voice.ts';
import { useVoiceRoom } from '../../features/voice/room/voice-room.context.ts';
import { LENGTH_ACTIONS } from '../../hotkeys/hotkey-actions.ts';
import { useHotkeyActions, type HotkeyPress } from '../../hotkeys/use-hotkeys.ts';
import { announceError } from '../../ui/announce-error.ts';
import { dialogOpened } from '../../domain/dialogs/dialogs.slice.ts';
import { usePressLengths } from '../../domain/replay/use-press-lengths.ts';
import { playSound } from '../../domain/replay/play-sound.ts';
import { useCaptureHere } from '../channel/use-capture-here.ts';

/**
 * Runs the configured hotkeys on every page, and shows nothing. `channelId` is the voice channel that the person is in,
 * else the one in view.
 */
export function ShellHotkeys({ channelId }: { channelId: string | null }) {
  const dispatch = useAppDispatch();
  const voice = useVoiceState();
  const voiceRoom = useVoiceRoom();
  const { hotkeySeconds, isSoundOn } = useAppSelector((state) => state.preferences);
  const { defaultSeconds } = usePressLengths();
  const capture = useCaptureHere(channelId);
  const dropMarker = useDropMarker(channelId);
  const isMicOn = useIsMicOn();

  /** Says that there is no buffer without a channel, instead of doing nothing. */
  const inChannel = (act: (id: string, press: HotkeyPress) => void) => (press: HotkeyPress) => {
    if (channelId === null) announceError({ errorId: null, ...APP_ERRORS.NO_SEGMENTS_FOUND });
    else act(channelId, press);
  };
  const save = (seconds: number, startAfresh = false) =>
    inChannel((_id, { pressedAt }) => capture({ seconds, startAfresh, pressedAt, via: 'hotkey' }));

  useHotkeyActions({
    ...Object.fromEntries(LENGTH_ACTIONS.map((action) => [action, save(hotkeySeconds[action])])),
    saveClip: save(defaultSeconds),
    saveClipAfresh: save(defaultSeconds, true),
    openCaptureDialog: inChannel((id) => dispatch(dialogOpened({ kind: 'capture', channelId: id }))),
    dropMarker: inChannel((_id, { pressedAt }) => {
      if (isSoundOn) playSound('marked');
      dropMarker(pressedAt);
    }),
    toggleMute: () => void (voice.status === 'connected' && voiceRoom.setMicOn(!isMicOn)),
    toggleDeafen: () => voiceRoom.setDeafened(!voice.isDeafened),
  });
  return null;
}
