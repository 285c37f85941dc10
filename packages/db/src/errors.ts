/** Why a database can't be opened. */
export type DatabaseErrorCode =
  | 'BAD_URL'
  | 'UNREACHABLE'
  | 'ACCESS_DENIED'
  | 'NO_SUCH_DATABASE'
  | 'FOLDER_UNUSABLE'
  | 'FOLDER_IN_USE'
  | 'MIGRATION_FAILED';

/** Says what is wrong and, in `remedy`, the one thing that whoever runs the server can do about it. Never holds a password. */
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
