/** Where a command writes. Results go to standard output, everything else to standard error. */
export interface Terminal {
  /** Writes to standard output as it is; resolves when more may be written. */
  write(content: string | Uint8Array): Promise<void>;
  /** Writes one line to standard error. */
  note(line: string): void;
  /** Replaces the line that is being written at the terminal's end; nothing where there is none. */
  status(line: string): void;
  /** Whether somebody looks at standard output. */
  readonly isOutputSeen: boolean;
  /** Whether somebody looks at standard error and can be asked. */
  readonly canAsk: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Standard input up to its end; at most `bytesMax` and one byte more. */
  readInput(bytesMax: number): Promise<Uint8Array>;
  /** Asks for a value without showing it; undefined if it was declined. */
  askHidden(question: string): Promise<string | undefined>;
  /** Asks for yes or no. */
  confirm(question: string): Promise<boolean>;
}
