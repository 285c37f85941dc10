import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Says whether a GET is answered with 200. Certificates are not checked, because they are for the name that people use.
 * @param {string} url
 * @returns {Promise<boolean>}
 */
function answersOk(url) {
  return new Promise((resolve) => {
    const options = { timeout: 1000, rejectUnauthorized: false, agent: false };
    const request = (url.startsWith('https:') ? https : http).get(url, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

/**
 * Waits until the URL answers with 200.
 * @param {string} url
 * @param {{ timeoutMs: number, signal?: AbortSignal }} options
 * @throws {Error} when it does not answer in time, or the signal aborts
 */
export async function untilHealthy(url, { timeoutMs, signal }) {
  const deadline = Date.now() + timeoutMs;
  while (!(await answersOk(url))) {
    if (Date.now() > deadline) throw new Error(`${url} did not answer within ${timeoutMs / 1000} s.`);
    await delay(50, undefined, { signal });
  }
}
