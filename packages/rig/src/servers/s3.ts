import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findS3Server } from '../../../../scripts/programs/s3-server.mjs';
import { freeTcpPort } from './free-ports.ts';

export interface S3Rig {
  /** The endpoint has the form `http://127.0.0.1:port`. */
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
  /** The files in this folder are the bucket's objects. */
  bucketDir: string;
  /** Lists the keys of all objects in the bucket. */
  objectNames(): Promise<string[]>;
  /** Lists the uploaded parts of objects that were not completed. */
  unfinishedUploads(): Promise<string[]>;
  /** Ends the server and removes what it stored. */
  stop(): Promise<void>;
}

const ACCESS_KEY_ID = 'rigkey';
const SECRET_ACCESS_KEY = 'rigsecretrigsecretrigsecretrigsecret';
const BUCKET = 'clips';
/** The server keeps parts in this folder until they are put together. */
const UNFINISHED = '.sgwtmp';
const START_DEADLINE_MS = 20_000;

/** A port that was free may be taken by a connection to somewhere before the server has it. */
const ATTEMPTS = 3;

/** Starts a real S3 server for the caller alone, with one empty bucket, on a free port, reachable over loopback only. */
export async function startS3(): Promise<S3Rig> {
  for (let attempt = 1; ; attempt++)
    try {
      return await startOnFreePort();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
}

async function startOnFreePort(): Promise<S3Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-s3-'));
  const files = join(directory, 'files');
  const bucketDir = join(files, BUCKET);
  // Metadata is kept beside the files, because not every file system supports extended attributes.
  const metadata = join(directory, 'metadata');
  await Promise.all([bucketDir, metadata].map((folder) => mkdir(folder, { recursive: true })));
  const port = await freeTcpPort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(
    await findS3Server(),
    ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--sidecar', metadata, files],
    {
      env: { ...process.env, ROOT_ACCESS_KEY: ACCESS_KEY_ID, ROOT_SECRET_KEY: SECRET_ACCESS_KEY },
      stdio: 'ignore',
    },
  );
  const stop = async () => {
    await end(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilAnswering(endpoint, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    accessKeyId: ACCESS_KEY_ID,
    secretAccessKey: SECRET_ACCESS_KEY,
    bucket: BUCKET,
    bucketDir,
    async objectNames() {
      return (await filesIn(bucketDir)).filter((name) => !name.startsWith(UNFINISHED));
    },
    async unfinishedUploads() {
      return (await filesIn(bucketDir)).filter((name) => name.startsWith(UNFINISHED));
    },
    stop,
  };
}

async function untilAnswering(endpoint: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the S3 server ended with ${child.exitCode}`);
    // Any response, even a refusal, means that the server is running.
    const isThere = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    if (Date.now() > deadline) throw new Error('the S3 server does not answer');
    await sleep(50);
  }
}

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
