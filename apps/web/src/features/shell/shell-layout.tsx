import type { ReactNode } from 'react';
import classes from './shell-layout.module.css';

/**
 * Lays out rail, column and stage; on phones it shows one of them at a time above a bottom bar. `view` tells which one
 * a phone shows: the channels (rail and column) or the page.
 */
export function ShellLayout({
  view,
  rail,
  column,
  voiceNote,
  voicePanel,
  isVoiceOnPage,
  banner,
  bottomBar,
  children,
}: {
  view: 'channels' | 'page';
  rail: ReactNode;
  column: ReactNode;
  /** Stands above the voice panel, and stays when phones leave that out. */
  voiceNote: ReactNode;
  voicePanel: ReactNode;
  /** The page has the voice controls itself, so that phones leave out the slim bar. */
  isVoiceOnPage: boolean;
  banner: ReactNode;
  bottomBar: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className={classes.shell} data-view={view}>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <div className={classes.banner}>{banner}</div>
      <nav className={classes.rail} aria-label="Communities and clips">
        {rail}
      </nav>
      <div className={classes.column}>{column}</div>
      <main id="main" className={classes.main} tabIndex={-1}>
        {children}
      </main>
      <div className={classes.voice} data-on-page={isVoiceOnPage || undefined}>
        {voiceNote}
        <div className={classes.panel}>{voicePanel}</div>
      </div>
      <nav className={classes.bottom} aria-label="Main">
        {bottomBar}
      </nav>
    </div>
  );
}
