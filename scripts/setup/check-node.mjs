// This module is loaded before all others, so it uses nothing that an old Node lacks.
const MIN_MAJOR = 20;
const MIN_MINOR = 12;

/** Ends the process with advice when this Node is too old for the scripts that follow. */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > MIN_MAJOR || (major === MIN_MAJOR && minor >= MIN_MINOR)) return;
  console.error(
    `Node ${MIN_MAJOR}.${MIN_MINOR} or newer is needed to begin; this is ${version}. Get one from https://nodejs.org.`,
  );
  process.exit(1);
}
