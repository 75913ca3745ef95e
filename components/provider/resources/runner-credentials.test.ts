import { Secret } from "@holdfast/foundation/secret.ts";
import { makeCertificateRequest } from "@holdfast/protocol/identity/certificate-request.ts";
import { expect, test } from "vitest";
import { unknown } from "../property-value.ts";
import { runnerCredentialsKind } from "./runner-credentials.ts";

const one = makeCertificateRequest({ commonName: "one" });
const other = makeCertificateRequest({ commonName: "other" });
const problems = (certificateRequestPem: string, key: string) =>
  runnerCredentialsKind
    .rule?.({ certificateRequestPem, privateKeyPem: new Secret(key) })
    .map(({ field }) => field);

test("a private key that the request was not made with is refused before anything is minted", () => {
  expect(problems(one.requestPem, one.privateKeyPem.expose())).toEqual([]);
  expect(problems(one.requestPem, other.privateKeyPem.expose())).toEqual(["privateKeyPem"]);
  expect(problems(one.requestPem, "no key")).toEqual(["privateKeyPem"]);
});

test("a key or a request that is not known yet passes", () => {
  expect(
    runnerCredentialsKind.rule?.({
      certificateRequestPem: unknown,
      privateKeyPem: new Secret("x"),
    }),
  ).toEqual([]);
});
