import puppeteer, { type Browser } from 'puppeteer-core';

/** Starts Firefox, without a window. It plays without having been clicked at, as the Chromium of the tests does. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX_PATH || '/usr/bin/firefox-esr',
    extraPrefsFirefox: { 'media.autoplay.default': 0 },
  });
}
