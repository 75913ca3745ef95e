import { createHash } from "node:crypto";

/** One link of an audit chain, in the form that is hashed and exported. */
export interface AuditLink {
  /** Counts from 1 within a chain, without gaps. */
  readonly sequence: number;
  /** Whose chain it is; empty for the installation's own. */
  readonly organizationId: string;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  /** See {@link canonicalDetail}. Hashed as it stands. */
  readonly detailJson: string;
  /** The hash of the link before; {@link firstPreviousHash} for the first. */
  readonly previousHash: string;
  /** See {@link hashAuditLink}. */
  readonly hash: string;
}

/** What the first link of a chain names as the hash before it: 64 zeros. */
export const firstPreviousHash: string = "0".repeat(64);

/** The first field of the canonical form, so that no other use of SHA-256 can collide with it. */
const domain = "holdfast.audit.v1";

/** A detail as JSON: one flat object, keys sorted by code unit, no white space. */
export function canonicalDetail(
  detail: Readonly<Record<string, string | number | boolean>>,
): string {
  const keys = Object.keys(detail).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(detail[key])}`).join(",")}}`;
}

/**
 * The bytes that are hashed (docs/audit.md): each field as its length in bytes (4, big endian) and its
 * UTF-8, so that nothing can move from one field to the next unseen.
 */
export function encodeAuditLink(link: Omit<AuditLink, "hash">): Uint8Array {
  const fields = [
    domain,
    link.organizationId,
    String(link.sequence),
    String(link.atMs),
    link.actor,
    link.action,
    link.subject,
    link.detailJson,
    link.previousHash,
  ];
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field, "utf8");
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** SHA-256 over {@link encodeAuditLink}, in lower-case hexadecimal. */
export function hashAuditLink(link: Omit<AuditLink, "hash">): string {
  return createHash("sha256").update(encodeAuditLink(link)).digest("hex");
}
