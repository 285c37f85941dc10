import { get } from 'node:http';
import { get as getSecurely } from 'node:https';
import { SECOND } from '@hindsight/shared/units';
import { loadConfig } from './config.ts';

// The container's health check runs this file. It exits with 0 when the server on this machine answers, with 1 otherwise.

const TIMEOUT_MS = 2 * SECOND;

const { host, port, tls } = loadConfig(process.env).http;
const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
const options = { host: address, port, path: '/healthz', timeout: TIMEOUT_MS };
// The certificate is for the public name, not for the loopback address.
const request = tls === null ? get(options) : getSecurely({ ...options, rejectUnauthorized: false });
request.on('response', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1));
request.on('timeout', () => process.exit(1));
request.on('error', () => process.exit(1));
