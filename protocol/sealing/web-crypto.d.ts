import type { webcrypto } from "node:crypto";

// @hpke/core's types speak of the browser's globals, which Node has under another name.
declare global {
  type CryptoKey = webcrypto.CryptoKey;
  type CryptoKeyPair = webcrypto.CryptoKeyPair;
}
