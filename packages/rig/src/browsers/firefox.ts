import puppeteer, { type Browser } from 'puppeteer-core';

/** Starts Firefox without a window. Like the Chromium of the tests, it plays video without a click. */
export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX_PATH || '/usr/bin/firefox-esr',
    extraPrefsFirefox: { 'media.autoplay.default': 0 },
  });
}
