import { useEffect } from 'react';

/** What stands before the title of the page, with the icon that belongs to it. */
export type TabSign = 'none' | 'on' | 'lost' | 'unknown';

const MARKS: Record<TabSign, string> = {
  none: '',
  on: '● ',
  lost: '⚠ Not recorded · ',
  unknown: '⚠ No connection · ',
};
const ICONS: Record<TabSign, string> = {
  none: '/icon.svg',
  on: '/icon-recording.svg',
  lost: '/icon-lost.svg',
  unknown: '/icon-lost.svg',
};
const PREFIX = /^(?:● |⚠ Not recorded · |⚠ No connection · )?(?:\(\d+\+?\) )?/;

/**
 * Puts a sign and a count before the title that the page has set, and the sign into the icon, for people who see only the tab.
 */
export function useTabSign(sign: TabSign, count: number): void {
  useEffect(() => {
    const counted = count === 0 ? '' : `(${count > 99 ? '99+' : count}) `;
    const prefix = MARKS[sign] + counted;
    function show(): void {
      const wanted = prefix + document.title.replace(PREFIX, '');
      if (document.title !== wanted) document.title = wanted;
    }
    show();
    document.querySelector('link[rel="icon"]')?.setAttribute('href', ICONS[sign]);
    // Pages set their titles by themselves, whenever they like.
    const observer = new MutationObserver(show);
    observer.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, [sign, count]);
}
