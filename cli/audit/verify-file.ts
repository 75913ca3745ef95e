import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { AuditLink } from "@holdfast/protocol/audit/audit-chain.ts";
import {
  AuditChainVerifier,
  type AuditVerdict,
} from "@holdfast/protocol/audit/verify-audit-chain.ts";
import { z } from "zod";
import type { CommandCall } from "../command.ts";
import { printDone } from "../output/print.ts";

const linkSchema = z.strictObject({
  sequence: z.int().min(1),
  organizationId: z.string(),
  atMs: z.int(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  detailJson: z.string(),
  previousHash: z.string(),
  hash: z.string(),
});

/**
 * `holdfast audit verify`: reads an export line by line and needs nobody for it.
 *
 * @throws {Failure} `audit.broken`, naming the first record that does not hold.
 */
export async function verifyFile(call: CommandCall): Promise<undefined> {
  const { options, world } = call;
  const [path = ""] = call.arguments;
  const expectedHash = options.text("expect-head");
  const verifier = new AuditChainVerifier({
    ...(expectedHash === undefined ? {} : { expectedHash }),
    afterSequence: options.count("after") ?? 0,
  });
  await feed(verifier, openLines(path === "-" ? path : resolve(world.folder, path)), path);
  const verdict = verifier.end();
  if (!verdict.holds) {
    throw new Failure("audit.broken", verdict.message, {
      fields: [{ field: `record ${verdict.sequence}`, problem: verdict.fault }],
    });
  }
  return await report(call, verdict);
}

async function report(
  call: CommandCall,
  { count, headHash, headSequence }: Extract<AuditVerdict, { holds: true }>,
): Promise<undefined> {
  const json = { holds: true, count, headHash, headSequence };
  return await printDone(
    call,
    `${count} records hold; the head is record ${headSequence} with hash ${headHash}`,
    json,
  );
}

/** An empty export holds as little as one that cannot be read. */
async function feed(
  verifier: AuditChainVerifier,
  lines: AsyncIterable<string>,
  path: string,
): Promise<void> {
  let number = 0;
  try {
    for await (const line of lines) {
      number += 1;
      if (line !== "" && !verifier.add(parseLink(line, number))) {
        return;
      }
    }
  } catch (error) {
    if (error instanceof Failure) {
      throw error;
    }
    throw new Failure("cli.file_unreadable", `${path} cannot be read.`, { cause: error });
  }
}

function openLines(path: string): AsyncIterable<string> {
  const input = path === "-" ? process.stdin : createReadStream(path);
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

function parseLink(line: string, number: number): AuditLink {
  const read = linkSchema.safeParse(parseJson(line));
  if (!read.success) {
    throw new Failure("audit.broken", `Line ${number} is no audit record.`);
  }
  return read.data;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
