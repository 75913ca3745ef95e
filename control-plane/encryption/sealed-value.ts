import { encodeFields } from "./seal-bytes.ts";
import type { RecordIdentity } from "./sealer.ts";

/** `HFS` and the version of the form. */
const magic = Buffer.from([0x48, 0x46, 0x53, 1]);

/** A sealed value, taken apart. */
export interface SealedValue {
  /** The organization key that it is sealed under. */
  readonly keyId: string;
  /** Nonce, what was encrypted, tag. */
  readonly body: Uint8Array;
}

/** shape: `HFS`, version 1, length of the key's id (1 byte), the id, the body. */
export function formatSealedValue(value: SealedValue): Uint8Array {
  const keyId = Buffer.from(value.keyId, "latin1");
  return new Uint8Array(
    Buffer.concat([magic, Buffer.from([keyId.length]), keyId, Buffer.from(value.body)]),
  );
}

/** Undefined if it is not in the form of {@link formatSealedValue}. */
export function parseSealedValue(bytes: Uint8Array): SealedValue | undefined {
  const idAt = magic.length + 1;
  const idLength = bytes[magic.length];
  if (idLength === undefined || !magic.equals(bytes.subarray(0, magic.length))) {
    return undefined;
  }
  const bodyAt = idAt + idLength;
  if (bytes.length < bodyAt) {
    return undefined;
  }
  return {
    // Not "ascii", which drops the highest bit: two different ids would read alike.
    keyId: Buffer.from(bytes.subarray(idAt, bodyAt)).toString("latin1"),
    body: bytes.subarray(bodyAt),
  };
}

/** What a sealed value is bound to, in one canonical form: it opens as this field of this record only. */
export function boundTo(identity: RecordIdentity, keyId: string): Uint8Array {
  return encodeFields([
    "holdfast.sealed.v1",
    identity.organizationId,
    identity.table,
    identity.recordId,
    identity.field,
    String(identity.version),
    keyId,
  ]);
}
