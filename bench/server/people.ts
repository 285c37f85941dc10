import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { PeopleTask, Person } from './people-process.ts';

/** Puts people with a buffer into a checkout's database, in a process of that checkout's own Node. */
export async function addPeople(task: PeopleTask): Promise<Person[]> {
  const child = fork(new URL('people-process.ts', import.meta.url), {
    stdio: 'inherit',
    execPath: join(task.folder, 'node_modules/node/bin/node'),
  });
  const { promise, resolve, reject } = Promise.withResolvers<Person[]>();
  child.once('message', (people: Person[]) => resolve(people));
  const ended = new Promise<void>((done) => {
    child.once('exit', (code) => {
      reject(new Error(`the process that adds people ended with ${code}`));
      done();
    });
  });
  child.send(task);
  const people = await promise;
  await ended;
  return people;
}
