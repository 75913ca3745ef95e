import type { World } from "../world.ts";

/** `holdfast __complete`. */
export async function complete(_words: readonly string[], _world: World): Promise<number> {
  return 0;
}
