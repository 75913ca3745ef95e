import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Judges whether a request may be. */
export type S3Judge = (request: S3Request) => boolean;

/** What a request asks of IAM. */
export interface S3Request {
  /** Such as `s3:GetObject`. */
  readonly action: string;
  /** ARN of the bucket or the object. */
  readonly resource: string;
  /** Keys of the request, such as `s3:prefix`. */
  readonly context: Readonly<Record<string, string>>;
}

/** A server of one bucket. */
export interface S3Server {
  readonly port: number;
  /** Objects by key. */
  readonly objects: Map<string, string>;
  /** Everything that was asked, in order. */
  readonly asked: S3Request[];
  /** Judges from now on. */
  judge: S3Judge;
  close(): Promise<void>;
}

/**
 * Starts something on loopback that speaks as much of S3 as a state backend of Pulumi uses, for one bucket, and lets a
 * test judge each request.
 *
 * source: Amazon S3 API Reference, GetObject, HeadObject, PutObject, CopyObject, DeleteObject, ListObjectsV2, and the
 *   permissions that each names. As there, whoever may not list the bucket learns 403 of an object that is not there.
 *
 * What it does not prove: that S3 reads a policy as the judge does; signatures, encryption and uploads in parts.
 */
export async function startS3Server(bucket: string): Promise<S3Server> {
  const objects = new Map<string, string>();
  const asked: S3Request[] = [];
  const server = createServer((request, response) => {
    void answer(state, bucket, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const state: S3Server = {
    port: (server.address() as AddressInfo).port,
    objects,
    asked,
    judge: () => true,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}

async function answer(
  state: S3Server,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "", "http://bucket.invalid");
  const body = plainBody(await text(request), request);
  const key = decodeURIComponent(url.pathname.slice(bucket.length + 2));
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const may = (action: string, resource: string, context = {}): boolean => {
    const question: S3Request = { action, resource, context };
    state.asked.push(question);
    return state.judge(question);
  };
  const object = `${bucketArn}/${key}`;
  /** Whoever asks for what is not there; the question is S3's own, and none of the caller's. */
  const missing = (): void =>
    state.judge({ action: "s3:ListBucket", resource: bucketArn, context: {} })
      ? fail(response, 404, "NoSuchKey")
      : fail(response, 403, "AccessDenied");
  const denied = (): void => fail(response, 403, "AccessDenied");
  switch (`${request.method} ${key === "" ? "bucket" : "object"}`) {
    case "GET bucket": {
      const prefix = url.searchParams.get("prefix") ?? undefined;
      const context = prefix === undefined ? {} : { "s3:prefix": prefix };
      return may("s3:ListBucket", bucketArn, context)
        ? list(state.objects, url.searchParams, response)
        : denied();
    }
    case "GET object":
    case "HEAD object": {
      if (!may("s3:GetObject", object)) {
        return denied();
      }
      const content = state.objects.get(key);
      return content === undefined ? missing() : give(response, content);
    }
    case "PUT object": {
      const from = request.headers["x-amz-copy-source"];
      const source =
        typeof from === "string" ? decodeURIComponent(from).replace(/^\/?[^/]+\//, "") : undefined;
      if (
        (source !== undefined && !may("s3:GetObject", `${bucketArn}/${source}`)) ||
        !may("s3:PutObject", object)
      ) {
        return denied();
      }
      const content = source === undefined ? body : state.objects.get(source);
      if (content === undefined) {
        return missing();
      }
      state.objects.set(key, content);
      return copied(response, source !== undefined);
    }
    case "DELETE object":
      if (!may("s3:DeleteObject", object)) {
        return denied();
      }
      state.objects.delete(key);
      response.writeHead(204).end();
      return;
    default:
      fail(response, 501, "NotImplemented");
  }
}

/** What was sent, out of the chunks that SDKs put it into ("Signature calculations: chunked upload"). */
function plainBody(sent: string, { headers }: IncomingMessage): string {
  if (headers["content-encoding"]?.includes("aws-chunked") !== true) {
    return sent;
  }
  let rest = sent;
  let plain = "";
  for (;;) {
    const [size = "0"] = rest.split(/[;\r]/, 1);
    const length = Number.parseInt(size, 16);
    if (length === 0) {
      return plain;
    }
    const from = rest.indexOf("\r\n") + 2;
    plain += rest.slice(from, from + length);
    rest = rest.slice(from + length + 2);
  }
}

const modified = "Thu, 01 Jan 2026 00:00:00 GMT";

function give(response: ServerResponse, content: string): void {
  response
    .writeHead(200, {
      "content-length": Buffer.byteLength(content),
      "last-modified": modified,
      etag: '"0"',
    })
    .end(content);
}

function copied(response: ServerResponse, isCopy: boolean): void {
  response
    .writeHead(200, { etag: '"0"' })
    .end(
      isCopy
        ? '<CopyObjectResult><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>"0"</ETag></CopyObjectResult>'
        : "",
    );
}

function list(
  objects: ReadonlyMap<string, string>,
  parameters: URLSearchParams,
  response: ServerResponse,
): void {
  const prefix = parameters.get("prefix") ?? "";
  const delimiter = parameters.get("delimiter") ?? "";
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
  const folderOf = (key: string): string | undefined => {
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + delimiter.length);
  };
  const folders = new Set(keys.flatMap((key) => folderOf(key) ?? []));
  const contents = keys
    .filter((key) => folderOf(key) === undefined)
    .map(
      (key) =>
        `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>"0"</ETag><Size>${objects.get(key)?.length ?? 0}</Size></Contents>`,
    );
  const common = [...folders].map(
    (folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`,
  );
  response
    .writeHead(200, { "content-type": "application/xml" })
    .end(
      `<ListBucketResult><IsTruncated>false</IsTruncated>${[...contents, ...common].join("")}</ListBucketResult>`,
    );
}

function fail(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
