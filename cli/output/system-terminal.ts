import { once } from "node:events";
import type { ReadStream, WriteStream } from "node:tty";
import type { Terminal } from "./terminal.ts";

/** Standard streams of the process. */
export interface Streams {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
}

const narrowestColumns = 40;
const defaultColumns = 100;
const clearLine = "\r\u001b[2K";

/** The terminal that the process was started in. Prompts are imported only when something is asked. */
export class SystemTerminal implements Terminal {
  readonly #streams: Streams;
  #hasStatus = false;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  get isOutputSeen(): boolean {
    return this.#streams.stdout.isTTY;
  }

  get canAsk(): boolean {
    return this.#streams.stdin.isTTY && this.#streams.stderr.isTTY;
  }

  get columns(): number {
    const columns = this.#streams.stdout.isTTY ? this.#streams.stdout.columns : defaultColumns;
    return Math.max(narrowestColumns, columns);
  }

  async write(content: string | Uint8Array): Promise<void> {
    this.#clearStatus();
    if (!this.#streams.stdout.write(content)) {
      await once(this.#streams.stdout, "drain");
    }
  }

  note(line: string): void {
    this.#clearStatus();
    this.#streams.stderr.write(`${line}\n`);
  }

  status(line: string): void {
    if (this.#streams.stderr.isTTY) {
      this.#clearStatus();
      this.#streams.stderr.write(line.slice(0, this.columns - 1));
      this.#hasStatus = line !== "";
    }
  }

  async readInput(bytesMax: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.#streams.stdin) {
      // Without an encoding a stream gives buffers.
      const bytes = chunk as Buffer;
      chunks.push(bytes);
      length += bytes.length;
      if (length > bytesMax) {
        break;
      }
    }
    return Buffer.concat(chunks);
  }

  async askHidden(question: string): Promise<string | undefined> {
    const { isCancel, password } = await import("@clack/prompts");
    const answer = await password({ message: question, output: this.#streams.stderr });
    return isCancel(answer) ? undefined : answer;
  }

  async confirm(question: string): Promise<boolean> {
    const { confirm } = await import("@clack/prompts");
    const answer = await confirm({
      message: question,
      initialValue: false,
      output: this.#streams.stderr,
    });
    return answer === true;
  }

  #clearStatus(): void {
    if (this.#hasStatus) {
      this.#streams.stderr.write(clearLine);
      this.#hasStatus = false;
    }
  }
}
