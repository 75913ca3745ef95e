import { readdir } from "node:fs/promises";
import { statFields } from "../state/process-mark.ts";

/**
 * Sessions of the children that run now. Each child leads a session of its own, so that everything
 * that it has started can be found and ended, also what has made itself another process group.
 */
export class ChildSessions {
  readonly #leaders = new Set<number>();

  add(leader: number): void {
    this.#leaders.add(leader);
  }

  remove(leader: number): void {
    this.#leaders.delete(leader);
  }

  /** Ends all of them at once: for a runner that may not wait. */
  async killAll(): Promise<void> {
    await Promise.all([...this.#leaders].map(async (leader) => await killSession(leader)));
  }
}

/** How often a session is looked at before what cannot be killed, such as a process that waits for a disk, is left. */
const looksMax = 500;

/**
 * Ends every process of the session that `leader` has begun, by SIGKILL, and those that they start meanwhile.
 *
 * guarantee: none is left when this returns, unless the kernel itself keeps it.
 */
export async function killSession(leader: number): Promise<void> {
  for (let looks = 0; looks < looksMax; looks += 1) {
    const members = await membersOf(leader);
    for (const pid of members) {
      send(pid, "SIGKILL");
    }
    // A process has not ended yet when the signal has been sent. Without /proc nobody can tell.
    if (members.every((pid) => pid < 0)) {
      return;
    }
  }
}

/** Whether there is a process left in the session that `leader` has begun. */
export async function isSessionEmpty(leader: number): Promise<boolean> {
  return (await membersOf(leader)).length === 0;
}

/** Sends a signal; a process that has ended meanwhile needs none. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
      throw error;
    }
  }
}

/** Processes whose session (proc(5), `stat`, field 6) is that of `leader`, zombies left out. */
async function membersOf(leader: number): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => undefined);
  if (names === undefined) {
    // No /proc: the leader's own group is all that can be told, by its negative number.
    return [-leader];
  }
  const members = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const fields = await statFields(Number(name));
        const isMember = fields?.[3] === String(leader) && fields[0] !== "Z";
        return isMember ? [Number(name)] : [];
      }),
  );
  return members.flat();
}
