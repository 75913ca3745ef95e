import { formatDuration } from "../duration.ts";
import { whileWorking } from "../output/progress.ts";
import type { World } from "../world.ts";

/** Shows the steps of `holdfast dev`, one line each, with the time it took. */
export class Steps {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Does a step: says at its end what came of it, as `work` returns it. */
  async run<Result>(
    title: string,
    work: (progress: (text: string) => void) => Promise<readonly [outcome: string, Result]>,
  ): Promise<Result> {
    const { clock, terminal } = this.#world;
    const startedAtMs = clock.monotonicMs();
    let progress = "";
    const what = (): string => (progress === "" ? title : `${title}: ${progress}`);
    const setProgress = (text: string): void => {
      progress = text;
    };
    try {
      const [outcome, result] = await whileWorking(
        this.#world,
        what,
        async () => await work(setProgress),
      );
      const took = formatDuration(clock.monotonicMs() - startedAtMs);
      terminal.note(`ok      ${title.padEnd(28)} ${outcome} (${took})`);
      return result;
    } catch (error) {
      terminal.note(`FAILED  ${title}`);
      throw error;
    }
  }

  /** A line that belongs to the step before. */
  detail(text: string): void {
    this.#world.terminal.note(`          ${text}`);
  }
}
