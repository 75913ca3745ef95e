import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  webcrypto,
} from "node:crypto";
import type { Created, Values } from "./stand-in-provider.ts";

const curves: Readonly<Record<string, string>> = {
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

/** A new key, in all forms that the provider gives out: SEC1 (RFC 5915) or PKCS #1, and PKCS #8. */
export function makePrivateKey({ algorithm, ecdsaCurve, rsaBits }: Values): Created {
  const key = generate(String(algorithm), String(ecdsaCurve), Number(rsaBits));
  const pkcs8 = key.export({ type: "pkcs8", format: "pem" }).toString();
  const traditional = { RSA: "pkcs1", ECDSA: "sec1", ED25519: "pkcs8" } as const;
  const form = traditional[algorithm === "RSA" || algorithm === "ECDSA" ? algorithm : "ED25519"];
  const publicKey = publicKeyOf(pkcs8);
  return {
    id: String(publicKey["id"]),
    outputs: {
      ...publicKey,
      privateKeyPem: key.export({ type: form, format: "pem" }).toString(),
      privateKeyPemPkcs8: pkcs8,
      privateKeyOpenssh: "",
      publicKeyOpenssh: "",
    },
  };
}

/** What is public of a key. OpenSSH's forms are left out: nothing here uses them. */
export function publicKeyOf(privateKeyPem: string): Values {
  const key = createPublicKey(privateKeyPem);
  const der = key.export({ type: "spki", format: "der" });
  return {
    id: createHash("sha1").update(der).digest("hex"),
    publicKeyPem: key.export({ type: "spki", format: "pem" }).toString(),
    publicKeyFingerprintMd5: createHash("md5").update(der).digest("hex"),
    publicKeyFingerprintSha256: `SHA256:${createHash("sha256").update(der).digest("base64")}`,
  };
}

/** How a key signs, in WebCrypto's words. */
export type SigningAlgorithm =
  | { readonly name: "ECDSA"; readonly namedCurve: string; readonly hash: string }
  | { readonly name: "RSASSA-PKCS1-v1_5"; readonly hash: string }
  | { readonly name: "Ed25519" };

/** A key that signs certificates. */
export interface Signer {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly algorithm: SigningAlgorithm;
  /** `RSA`, `ECDSA` or `ED25519`. */
  readonly kind: string;
}

/** Takes a key from PEM of any of its forms. */
export async function signerFrom(privateKeyPem: string): Promise<Signer> {
  const key = createPrivateKey(privateKeyPem);
  const algorithm = algorithmOf(key);
  const imported = async (
    object: KeyObject,
    use: "sign" | "verify",
  ): Promise<webcrypto.CryptoKey> =>
    await webcrypto.subtle.importKey(
      use === "sign" ? "pkcs8" : "spki",
      object.export({ type: use === "sign" ? "pkcs8" : "spki", format: "der" } as never),
      algorithm,
      true,
      [use],
    );
  return {
    keys: {
      privateKey: await imported(key, "sign"),
      publicKey: await imported(createPublicKey(key), "verify"),
    },
    algorithm,
    kind: algorithm.name === "RSASSA-PKCS1-v1_5" ? "RSA" : algorithm.name.toUpperCase(),
  };
}

function generate(algorithm: string, curve: string, bits: number): KeyObject {
  switch (algorithm) {
    case "RSA":
      return generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
    case "ED25519":
      return generateKeyPairSync("ed25519").privateKey;
    default: {
      const namedCurve = curves[curve];
      if (namedCurve === undefined) {
        throw new Error(`the stand-in for tls has no curve ${curve}`);
      }
      return generateKeyPairSync("ec", { namedCurve }).privateKey;
    }
  }
}

function algorithmOf(key: KeyObject): SigningAlgorithm {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  switch (curve) {
    case "prime256v1":
      return { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    case "secp384r1":
      return { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };
    case "secp521r1":
      return { name: "ECDSA", namedCurve: "P-521", hash: "SHA-512" };
    default:
      return key.asymmetricKeyType === "rsa"
        ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
        : { name: "Ed25519" };
  }
}
