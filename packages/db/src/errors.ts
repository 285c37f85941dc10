/** The code says why a database cannot be opened. */
export type DatabaseErrorCode =
  | 'BAD_URL'
  | 'UNREACHABLE'
  | 'ACCESS_DENIED'
  | 'NO_SUCH_DATABASE'
  | 'FOLDER_UNUSABLE'
  | 'FOLDER_IN_USE'
  | 'DISK_FULL'
  | 'NO_SERVER_OF_OUR_OWN'
  | 'MIGRATION_FAILED'
  | 'NOT_EMPTY'
  | 'NOT_MOVED';

/** The error says what is wrong and, in `remedy`, what the person who runs the server can do. It never contains a password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;
  readonly remedy: string;

  constructor(code: DatabaseErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    super(`${message} ${remedy}`, options);
    this.code = code;
    this.remedy = remedy;
  }
}
