import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { downloadVerified, findChecksum } from "./vendor-download.ts";

const content = Buffer.from("a program");
const checksum = createHash("sha256").update(content).digest("hex");
const other = "0".repeat(64);

let folder = "";
let base = "";
let server: Server;
let checksums = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-download-"));
  server = createServer((request, response) => {
    if (request.url === "/program") {
      response.end(content);
    } else if (request.url === "/checksums") {
      response.end(checksums);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});

afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a download", () => {
  test("what has the vendor's checksum is kept", async () => {
    checksums = `${other}  another\n${checksum}  program\n`;
    const file = { url: `${base}/program`, checksumsUrl: `${base}/checksums` };
    const path = await downloadVerified(file, folder);
    expect(await readFile(path)).toEqual(content);
  });

  test("what has another checksum is refused, and nothing is left of it", async () => {
    checksums = `${other}  program\n`;
    const file = { url: `${base}/program`, checksumsUrl: `${base}/checksums` };
    await expect(downloadVerified(file, folder)).rejects.toThrow(`not ${other}`);
    expect(await readdir(folder)).toEqual([]);
  });

  test("a file without a checksum is not even fetched", async () => {
    checksums = `${checksum}  another\n`;
    const file = { url: `${base}/program`, checksumsUrl: `${base}/checksums` };
    await expect(downloadVerified(file, folder)).rejects.toThrow("has no checksum");
    const absent = { url: `${base}/program`, checksumsUrl: `${base}/nowhere` };
    await expect(downloadVerified(absent, folder)).rejects.toThrow("404");
  });

  test("a server that is not there is a failure, not a wait", async () => {
    server.close();
    const file = { url: "http://127.0.0.1:1/program", checksumsUrl: "http://127.0.0.1:1/sums" };
    await expect(downloadVerified(file, folder)).rejects.toThrow("is not to be reached");
  });
});

describe("a vendor's list of checksums", () => {
  test.each([
    ["a bare checksum", checksum, checksum],
    ["a line with the name", `${checksum}  program`, checksum],
    ["a line in binary mode", `${checksum} *program`, checksum],
    ["capital letters", `${checksum.toUpperCase()}  program`, checksum],
    ["another file's line", `${checksum}  another`, undefined],
    ["no checksum", "not found", undefined],
    ["nothing", "", undefined],
  ])("%s", (_name, list, expected) => {
    expect(findChecksum(list, "program")).toBe(expected);
  });
});
