import { spawn } from "node:child_process";
import { provideMoto } from "../../tools/parts/moto.ts";
import { progressToStandardError } from "../../tools/parts/progress.ts";
import { findOnPath, quote } from "../../tools/parts/run.ts";

/**
 * A server that imitates AWS for one test file: every account and region, in memory.
 *
 * What it does not prove (each tried with 5.2.5): resources of a policy outside STS, IAM and SQS; a missing external
 * id; conditions of identity policies; roles of another account, which it hands out. test/support/iam-policy judges
 * those.
 */
export interface MotoServer {
  /** `http://127.0.0.1:PORT`: the endpoint of every service. */
  readonly endpoint: string;
  /** Turns the check of signatures and policies on or off. Off at first: whatever is asked then is done. */
  enforce(on: boolean): Promise<void>;
  /** Forgets every account, but not whether it enforces. */
  reset(): Promise<void>;
  /** Ends it; may be called twice. */
  stop(): Promise<void>;
}

/** How much of what it wrote is kept for a message; it writes a line for each request. */
const quotedCharactersMax = 16_000;

/**
 * Starts moto on loopback, on a port that the system picks, and waits for its own word that it listens.
 *
 * guarantee: it does not outlive this process where `setpriv` is to be had.
 *
 * @throws {PartFailure} if moto cannot be brought.
 */
export async function startMoto(): Promise<MotoServer> {
  const { python } = await provideMoto(progressToStandardError);
  const follow = await findOnPath("setpriv");
  const [program = "", ...args] = [
    ...(follow === undefined ? [] : [follow, "--pdeathsig=TERM"]),
    ...[python, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
  ];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let output = "";
  const listening = Promise.withResolvers<string>();
  const listen = (text: string): void => {
    output = (output + text).slice(-quotedCharactersMax);
    const endpoint = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
    if (endpoint !== undefined) {
      listening.resolve(endpoint);
    }
  };
  child.stdout.setEncoding("utf8").on("data", listen);
  child.stderr.setEncoding("utf8").on("data", listen);
  child.once("error", listening.reject);
  void ended.then(() => {
    listening.reject(new Error(`moto ended before it listened:\n${quote(output)}`));
  });
  const endpoint = await listening.promise;
  return {
    endpoint,
    enforce: async (on) => await post(endpoint, "reset-auth", on ? "0" : "Infinity"),
    reset: async () => await post(endpoint, "reset", ""),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** The body must not be sent as a form: moto would then not find it. */
async function post(endpoint: string, action: string, body: string): Promise<void> {
  const response = await fetch(`${endpoint}/moto-api/${action}`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body,
  });
  if (!response.ok) {
    throw new Error(`moto answered ${action} with ${response.status}: ${await response.text()}`);
  }
}
