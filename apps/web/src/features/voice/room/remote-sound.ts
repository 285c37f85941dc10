import type { RemoteTrack } from 'livekit-client';

/** Plays what other people say and share, in audio elements of its own, so that it goes on when the page changes. */
export interface RemoteSound {
  add(track: RemoteTrack): void;
  remove(track: RemoteTrack): void;
  setMuted(isMuted: boolean): void;
  clear(): void;
}

export function createRemoteSound(): RemoteSound {
  const elements = new Map<RemoteTrack, HTMLMediaElement>();
  let isMuted = false;

  function remove(track: RemoteTrack): void {
    track.detach();
    elements.get(track)?.remove();
    elements.delete(track);
  }

  return {
    add(track) {
      const element = track.attach();
      element.muted = isMuted;
      // LiveKit unmutes every element when something is published (Room.startAudio), also those that we have muted.
      element.addEventListener('volumechange', () => {
        if (element.muted !== isMuted) element.muted = isMuted;
      });
      element.hidden = true;
      document.body.append(element);
      elements.set(track, element);
    },
    remove,
    setMuted(muted) {
      isMuted = muted;
      for (const element of elements.values()) element.muted = muted;
    },
    clear() {
      for (const track of elements.keys()) remove(track);
    },
  };
}
