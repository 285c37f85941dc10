import { passwordSchema, usernameSchema } from '@hindsight/shared/account/user';

export interface Rule {
  text: string;
  isMet: boolean;
}

const MIN_LENGTH = 8;

/** Lists the password rules, and whether the text so far meets each. The length is the one that protects an account. */
export function passwordRules(password: string, username: string): Rule[] {
  const isOwnName = username !== '' && password.toLowerCase() === username.trim().toLowerCase();
  return [
    { text: `At least ${MIN_LENGTH} characters`, isMet: password.length >= MIN_LENGTH },
    { text: 'Not your user name', isMet: password !== '' && !isOwnName },
  ];
}

function firstComplaint(schema: typeof usernameSchema, value: string): string | null {
  const result = schema.safeParse(value);
  const message = result.success ? undefined : result.error.issues[0]?.message;
  return message ?? null;
}

/** Says what is wrong with a user name, as the server would; null when nothing is. */
export function usernameComplaint(username: string): string | null {
  if (username.trim() === '') return 'Choose a user name';
  const complaint = firstComplaint(usernameSchema, username);
  return complaint === null ? null : `It ${complaint}`;
}

/** Says what is wrong with a new password; null when nothing is. */
export function passwordComplaint(password: string, username: string): string | null {
  if (password === '') return 'Choose a password';
  const complaint = firstComplaint(passwordSchema, password);
  if (complaint !== null) return `It ${complaint}`;
  const unmet = passwordRules(password, username).find(({ isMet }) => !isMet);
  return unmet === undefined ? null : 'It must not be your user name';
}
