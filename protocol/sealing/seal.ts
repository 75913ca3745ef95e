import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";

/** What sealed credentials are bound to: they open for nobody and nothing else. */
export interface SealingBinding {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly runnerId: string;
  readonly operationId: string;
}

/** A key of one runner process; it exists in memory only. */
export interface SealingKeyPair {
  /** Uncompressed point, as RFC 9180 serializes it (section 7.1.1). */
  readonly publicKey: Uint8Array;
  /** @throws if it was sealed for another key or binding, or was changed. */
  open(binding: SealingBinding, sealed: Uint8Array): Promise<Uint8Array>;
}

const encapsulatedBytes = 65;

function suite(): CipherSuite {
  return new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
}

/** Makes a key pair for a runner process. */
export async function makeSealingKeyPair(): Promise<SealingKeyPair> {
  const hpke = suite();
  const keys = await hpke.kem.generateKeyPair();
  return {
    publicKey: new Uint8Array(await hpke.kem.serializePublicKey(keys.publicKey)),
    open: async (binding, sealed) => {
      const recipient = await hpke.createRecipientContext({
        recipientKey: keys.privateKey,
        enc: toArrayBuffer(sealed.subarray(0, encapsulatedBytes)),
        info: infoOf(binding),
      });
      return new Uint8Array(
        await recipient.open(toArrayBuffer(sealed.subarray(encapsulatedBytes))),
      );
    },
  };
}

/** Seals credentials to one runner process, for one operation (HPKE base mode, RFC 9180). */
export async function sealCredentials(
  publicKey: Uint8Array,
  binding: SealingBinding,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const hpke = suite();
  const sender = await hpke.createSenderContext({
    recipientPublicKey: await hpke.kem.deserializePublicKey(toArrayBuffer(publicKey)),
    info: infoOf(binding),
  });
  const sealed = new Uint8Array(await sender.seal(toArrayBuffer(plaintext)));
  return new Uint8Array(Buffer.concat([new Uint8Array(sender.enc), sealed]));
}

/** The binding in a form that no other binding has: each part with its length in front. */
function infoOf(binding: SealingBinding): ArrayBuffer {
  const parts = [
    "holdfast sealed credentials 1",
    binding.organizationId,
    binding.connectionId,
    binding.runnerId,
    binding.operationId,
  ];
  return toArrayBuffer(Buffer.from(parts.map((part) => `${part.length}:${part}`).join(""), "utf8"));
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
