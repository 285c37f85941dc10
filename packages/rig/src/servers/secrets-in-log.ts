/** No line of a log may match these, whatever its values are. */
const FORBIDDEN: Record<string, RegExp> = {
  'a JSON Web Token': /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/,
  'a session cookie': /hindsight_(?:session|device)=[^;\s"]/,
  'a token in a URL': /[?&](access_token|token|code)=[^&\s"]/,
  // Stack traces contain files of our own, which are allowed.
  'a public link or an invite': /\/(l|invite|links)\/(?!\[redacted\]|[\w.-]+\.ts\b)[\w-]{8,}/,
  'an Authorization header': /\bBearer\s+[\w.-]{8,}/,
  'a key for other programs': /\bhs_[\w-]{40,}/,
  'a hash of a password': /\$argon2\w*\$/,
};
const SHOWN_CHARS = 80;

/**
 * Looks for secrets in the text of a log.
 * @param known has values that must not be there, each under a name for the report
 * @returns what was found, each with the beginning of its line up to the secret
 */
export function findSecrets(text: string, known: Readonly<Record<string, string>>): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    for (const [what, value] of Object.entries(known))
      if (value !== '' && line.includes(value)) found.push(`${what}: ${shown(line, value)}`);
    for (const [what, pattern] of Object.entries(FORBIDDEN)) {
      const match = pattern.exec(line);
      if (match !== null) found.push(`${what}: ${shown(line, match[0])}`);
    }
  }
  return found;
}

function shown(line: string, secret: string): string {
  const at = line.indexOf(secret);
  return `${line.slice(Math.max(0, at - SHOWN_CHARS), at)}…`;
}
