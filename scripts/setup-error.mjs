/** Something is missing that only the person at the keyboard can mend: shown as it is, without a stack. */
export class SetupError extends Error {}
