import { X509Certificate } from "node:crypto";
import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import {
  type VerifiedRunnerCertificate,
  verifyRunnerCertificate,
} from "../authority/verify-runner-certificate.ts";
import { admitRunner } from "./admit-runner.ts";
import { deleteRunner } from "./delete-runner.ts";
import { revokeCredentials } from "./revoke-credentials.ts";
import type { Runner } from "./runner.ts";
import { updateRunner } from "./update-runner.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

/** A runner with credentials, and its certificate as the first checks have left it. */
async function credentialed(): Promise<{ runner: Runner; certificate: VerifiedRunnerCertificate }> {
  const runner = await world.makeRunner();
  const { file } = await world.generate(runner);
  const { raw } = new X509Certificate(parseCredentialsFile(file.expose()).certificate);
  const verdict = verifyRunnerCertificate(
    raw,
    { trustPem: world.deps.authority.runnerTrustPem, trustDomain: "test.internal" },
    world.deps.clock.nowMs(),
  );
  if (!verdict.ok) {
    throw new Error(verdict.message);
  }
  return { runner, certificate: verdict.certificate };
}

const claim = (runner: Runner) => ({ organizationId: runner.organizationId, runnerId: runner.id });

const admit = async (
  certificate: VerifiedRunnerCertificate,
  claimed: { organizationId: string; runnerId: string },
): Promise<string> => {
  const admission = await admitRunner(world.deps, { certificate, claimed });
  return admission.ok ? "ok" : admission.code;
};

const change = (runner: Runner, isEnabled: boolean) => ({
  organizationId: runner.organizationId,
  runner: runner.id,
  description: undefined,
  isEnabled,
});

test("a runner with a certificate on record is admitted as the one that the certificate names", async () => {
  const { runner, certificate } = await credentialed();
  const admission = await admitRunner(world.deps, { certificate, claimed: claim(runner) });
  expect(admission).toMatchObject({
    ok: true,
    runner: { id: runner.id },
    credentials: { generation: 1, certificateSerial: certificate.serial },
  });
});

test("a certificate that is not on record is refused, even if our own issuer has signed it", async () => {
  const { runner, certificate } = await credentialed();
  expect(await admit({ ...certificate, serial: "7f" }, claim(runner))).toBe("certificate.unknown");
  expect(await admit({ ...certificate, fingerprint: "00" }, claim(runner))).toBe(
    "certificate.unknown",
  );
});

test("a serial that is on record for another runner or organization is refused", async () => {
  const { runner, certificate } = await credentialed();
  const neighbor = await world.makeRunner();
  const { name } = certificate;
  for (const wrong of [
    { ...name, runnerId: neighbor.id },
    { ...name, organizationId: world.other.id },
  ]) {
    expect(await admit({ ...certificate, name: wrong }, claim(runner))).toBe("certificate.unknown");
  }
});

test("a certificate that was revoked between two connections is refused at the second", async () => {
  const { runner, certificate } = await credentialed();
  expect(await admit(certificate, claim(runner))).toBe("ok");
  const { organizationId, id } = runner;
  await revokeCredentials(world.deps, "sa_admin", { organizationId, runner: id, generation: 1 });
  expect(await admit(certificate, claim(runner))).toBe("certificate.revoked");
});

test("a runner that is disabled is refused until it is enabled again", async () => {
  const { runner, certificate } = await credentialed();
  await updateRunner(world.deps, "sa_admin", change(runner, false));
  expect(await admit(certificate, claim(runner))).toBe("runner.disabled");
  await updateRunner(world.deps, "sa_admin", change(runner, true));
  expect(await admit(certificate, claim(runner))).toBe("ok");
});

test("a runner cannot change who it is by changing its configuration", async () => {
  const { runner, certificate } = await credentialed();
  const neighbor = await world.makeRunner();
  expect(await admit(certificate, { ...claim(runner), organizationId: world.other.id })).toBe(
    "certificate.wrong_organization",
  );
  expect(await admit(certificate, { ...claim(runner), runnerId: neighbor.id })).toBe(
    "certificate.wrong_runner",
  );
});

test("a runner that was deleted is refused", async () => {
  const { runner, certificate } = await credentialed();
  const { organizationId, id } = runner;
  await deleteRunner(world.deps, "sa_admin", { organizationId, runner: id });
  expect(await admit(certificate, claim(runner))).toBe("certificate.unknown");
});

test("of several reasons the first in the order of admission is told", async () => {
  const { runner, certificate } = await credentialed();
  const { organizationId, id } = runner;
  const wrong = { organizationId: world.other.id, runnerId: "run_x" };
  await updateRunner(world.deps, "sa_admin", change(runner, false));
  expect(await admit(certificate, wrong)).toBe("runner.disabled");
  await revokeCredentials(world.deps, "sa_admin", { organizationId, runner: id, generation: 1 });
  expect(await admit(certificate, wrong)).toBe("certificate.revoked");
});
