import { useEffect } from 'react';

const COUNT = /^\(\d+\+?\) /;

/** Puts a count before the title that the page has set, for people who see only the tab. */
export function useTitleCount(count: number): void {
  useEffect(() => {
    const prefix = count === 0 ? '' : `(${count > 99 ? '99+' : count}) `;
    function show(): void {
      const wanted = prefix + document.title.replace(COUNT, '');
      if (document.title !== wanted) document.title = wanted;
    }
    show();
    // Pages set their titles by themselves, whenever they like.
    const observer = new MutationObserver(show);
    observer.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, [count]);
}
