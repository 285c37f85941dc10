/** The part of a pino logger that the recorder uses. */
export interface RecorderLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
