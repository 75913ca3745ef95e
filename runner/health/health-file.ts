import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type HealthReport, healthReportSchema } from "./health-report.ts";

/** Path of the health file in the folder of a runner's state. */
export function healthFileOf(stateFolder: string): string {
  return join(stateFolder, "health.json");
}

/**
 * Writes reports, one after another and each whole: a reader sees the one before or this one, never a
 * part. A report that is overtaken by a newer one before its turn is not written.
 */
export class HealthFile {
  readonly #path: string;
  #next: HealthReport | undefined;
  #writing: Promise<void> | undefined;

  constructor(stateFolder: string) {
    this.#path = healthFileOf(stateFolder);
  }

  /** Rejects if the disk does; the caller logs it, since the runner works without the file. */
  async write(report: HealthReport): Promise<void> {
    this.#next = report;
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  /** Removes the file: no runner is running any more. */
  async remove(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    await rm(this.#path, { force: true });
  }

  async #drain(): Promise<void> {
    while (this.#next !== undefined) {
      const report = this.#next;
      this.#next = undefined;
      const draft = `${this.#path}.new`;
      await writeFile(draft, `${JSON.stringify(report)}\n`, { mode: 0o600 });
      await rename(draft, this.#path);
    }
  }
}

/** Reads what the running runner wrote last; undefined if none has, or if it is not a report. */
export async function readHealthFile(stateFolder: string): Promise<HealthReport | undefined> {
  try {
    const text = await readFile(healthFileOf(stateFolder), "utf8");
    const read = healthReportSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : undefined;
  } catch {
    // Absent or cut short: either way there is nothing that a runner said.
    return undefined;
  }
}
