/** The error says that something is missing that only the person at the keyboard can fix. It is shown without a stack trace. */
export class SetupError extends Error {}
