/** What the system shows while nobody sees the page. */
export interface SystemNotification {
  title: string;
  body: string;
  /** The picture is the address of an image or a data URL; null without one. */
  pictureUrl: string | null;
  /** A notification takes the place of an earlier one with the same tag. */
  tag: string;
  onOpen: () => void;
}

/** `ask` offers notifications after the first press; `on` and `off` are what the person chose. */
export const NOTICE_CHOICES = ['ask', 'on', 'off'] as const;
export type NoticeChoice = (typeof NOTICE_CHOICES)[number];

/** Tells whether this page may show notifications; `default` means that the browser was not asked yet. */
export function notificationPermission(): NotificationPermission | 'unsupported' {
  return 'Notification' in window ? Notification.permission : 'unsupported';
}

/** Has the browser ask whether this page may show notifications: `on` if it may. It must be called from a click. */
export async function askForNotifications(): Promise<NoticeChoice> {
  return 'Notification' in window && (await Notification.requestPermission()) === 'granted' ? 'on' : 'off';
}

/** Tells whether nobody sees the page: another tab is in front of it, or another program has the focus. */
export function isPageAway(): boolean {
  return document.visibilityState === 'hidden' || !document.hasFocus();
}

/** Shows a notification of the system, where the browser allows it. A click on it brings the page to the front. */
export function showSystemNotification({ title, body, pictureUrl, tag, onOpen }: SystemNotification): void {
  if (notificationPermission() !== 'granted') return;
  const options: NotificationOptions & { image?: string } = {
    body,
    tag,
    icon: pictureUrl ?? '/icon-192.png',
    // The app has sounds of its own.
    silent: true,
    ...(pictureUrl === null ? {} : { image: pictureUrl }),
  };
  try {
    const shown = new Notification(title, options);
    shown.addEventListener('click', () => {
      window.focus();
      shown.close();
      onOpen();
    });
  } catch {
    // Browsers on phones show notifications only for service workers. The toast on the page says the same.
  }
}
