import { resolve } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { CommandCall } from "../command.ts";
import { readFileUpTo } from "./private-file.ts";

/** The longest value that the control plane keeps, in bytes. */
const valueBytesMax = 64 * 1024;

/**
 * Reads a value that must never be an argument: from a file, from standard input, or asked for without
 * showing it. One newline at the end is dropped: it came from `echo` or an editor.
 *
 * @throws {Failure} `request.too_large` beyond 64 KiB; `request.invalid` if it is empty or no text.
 */
export async function readSecretValue(call: CommandCall): Promise<Secret<string>> {
  const text = decode(await readBytes(call));
  const value = call.options.flag("keep-newline") ? text : text.replace(/\r?\n$/, "");
  if (value === "") {
    throw new Failure("request.invalid", "The value is empty.");
  }
  return new Secret(value);
}

async function readBytes({ options, world }: CommandCall): Promise<Uint8Array> {
  const file = options.text("value-file");
  if (file !== undefined && file !== "-") {
    return await readFileUpTo(resolve(world.folder, file), valueBytesMax);
  }
  if (file === undefined && world.terminal.canAsk) {
    const answer = await world.terminal.askHidden("Value");
    if (answer === undefined) {
      throw new Failure("request.canceled", "Nothing was done.");
    }
    return new TextEncoder().encode(answer);
  }
  const bytes = await world.terminal.readInput(valueBytesMax);
  if (bytes.length > valueBytesMax) {
    throw new Failure("request.too_large", `The value has more than ${valueBytesMax} bytes.`);
  }
  return bytes;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // The decoder's own message says nothing, and the value is secret.
    throw new Failure("request.invalid", "The value is no UTF-8 text.");
  }
}
