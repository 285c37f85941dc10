import { useLayoutEffect, useRef } from 'react';
import { NavLink, useLocation } from 'react-router';
import classes from './page-tabs.module.css';

/** Shows pages that belong together as tabs. Where there is no room for all, the open one is scrolled into view. */
export function PageTabs({
  label,
  tabs,
}: {
  label: string;
  tabs: readonly { path: string; label: string }[];
}) {
  const row = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useLayoutEffect(() => {
    const open = row.current?.querySelector('[aria-current="page"]');
    open?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [pathname]);

  return (
    <nav ref={row} className={classes.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <NavLink key={tab.path} to={tab.path} className={classes.tab}>
          {tab.label}
        </NavLink>
      ))}
    </nav>
  );
}
