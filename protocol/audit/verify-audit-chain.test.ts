import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AuditLink,
  canonicalDetail,
  encodeAuditLink,
  firstPreviousHash,
  hashAuditLink,
} from "./audit-chain.ts";
import { AuditChainVerifier, verifyAuditChain } from "./verify-audit-chain.ts";

function makeChain(length: number, organizationId = "org_1"): AuditLink[] {
  const chain: AuditLink[] = [];
  let previousHash = firstPreviousHash;
  for (let sequence = 1; sequence <= length; sequence += 1) {
    const link = {
      sequence,
      organizationId,
      atMs: 1_767_225_600_000 + sequence,
      actor: "sa_1",
      action: "runner.created",
      subject: `run_${sequence}`,
      detailJson: canonicalDetail({ name: `runner-${sequence}`, generation: sequence }),
      previousHash,
    };
    const hash = hashAuditLink(link);
    chain.push({ ...link, hash });
    previousHash = hash;
  }
  return chain;
}

const at = (chain: readonly AuditLink[], index: number): AuditLink => {
  const link = chain[index];
  if (link === undefined) {
    throw new Error("no such link");
  }
  return link;
};

describe("a chain that nobody touched", () => {
  test("holds, and says its head", () => {
    const chain = makeChain(5);
    expect(verifyAuditChain(chain)).toEqual({
      holds: true,
      count: 5,
      headHash: at(chain, 4).hash,
      headSequence: 5,
    });
    expect(verifyAuditChain([])).toMatchObject({ holds: true, count: 0, headSequence: 0 });
  });

  test("holds although it has grown since the head was noted", () => {
    const chain = makeChain(5);
    expect(verifyAuditChain(chain, { expectedHash: at(chain, 2).hash }).holds).toBe(true);
  });

  test("holds from a later record on, if the export says so", () => {
    const rest = makeChain(5).slice(3);
    expect(verifyAuditChain(rest, { afterSequence: 3 })).toMatchObject({ holds: true, count: 2 });
    expect(verifyAuditChain(rest)).toMatchObject({ holds: false, sequence: 1, fault: "removed" });
  });
});

describe("a chain that was tampered with", () => {
  test("a record that was removed is named", () => {
    expect(verifyAuditChain(makeChain(5).toSpliced(2, 1))).toEqual({
      holds: false,
      sequence: 3,
      fault: "removed",
      message: "Record 3 is missing.",
    });
    expect(verifyAuditChain(makeChain(5).toSpliced(0, 2))).toMatchObject({
      sequence: 1,
      message: "Records 1 to 2 are missing.",
    });
  });

  test("a record that was changed is named, whichever field it was", () => {
    const changes: readonly Partial<AuditLink>[] = [
      { atMs: 1 },
      { actor: "sa_2" },
      { action: "runner.deleted" },
      { subject: "run_9" },
      { detailJson: "{}" },
      { organizationId: "org_1 " },
      { hash: "0".repeat(64) },
      { previousHash: "0".repeat(64) },
    ];
    for (const change of changes) {
      const chain = makeChain(5);
      const forged = chain.with(2, { ...at(chain, 2), ...change });
      expect(verifyAuditChain(forged), JSON.stringify(change)).toMatchObject({
        holds: false,
        sequence: 3,
      });
    }
  });

  test("a record that was changed and hashed anew breaks the chain at the next one", () => {
    const chain = makeChain(5);
    const changed = { ...at(chain, 2), actor: "sa_2" };
    const forged = chain.with(2, { ...changed, hash: hashAuditLink(changed) });
    expect(verifyAuditChain(forged)).toMatchObject({
      holds: false,
      sequence: 4,
      fault: "changed",
      message: "Record 4 does not follow record 3: one of the two was replaced.",
    });
  });

  test("records that were reordered are named", () => {
    const chain = makeChain(5);
    const swapped = chain.with(1, at(chain, 2)).with(2, at(chain, 1));
    expect(verifyAuditChain(swapped)).toMatchObject({ holds: false, sequence: 2 });
    const doubled = chain.toSpliced(3, 0, at(chain, 1));
    expect(verifyAuditChain(doubled)).toMatchObject({
      holds: false,
      sequence: 2,
      fault: "reordered",
      message: "Record 2 comes after record 3.",
    });
  });

  test("records that were renumbered to hide a gap are seen", () => {
    const [first, , third] = makeChain(3);
    const renumbered = { ...(third as AuditLink), sequence: 2 };
    expect(verifyAuditChain([first as AuditLink, renumbered])).toMatchObject({
      holds: false,
      sequence: 2,
      fault: "changed",
    });
  });

  test("a record of another chain is seen", () => {
    const mixed = makeChain(3).with(1, at(makeChain(3, "org_2"), 1));
    expect(verifyAuditChain(mixed)).toMatchObject({ holds: false, sequence: 2, fault: "foreign" });
  });

  test("records cut off at the end are seen by who kept an earlier head, and by nobody else", () => {
    const chain = makeChain(5);
    const cut = chain.slice(0, 3);
    expect(verifyAuditChain(cut).holds).toBe(true);
    expect(verifyAuditChain(cut, { expectedHash: at(chain, 4).hash })).toMatchObject({
      holds: false,
      sequence: 4,
      fault: "cut",
    });
  });

  test("a chain that was rewritten from a record on does not contain the earlier head", () => {
    const expectedHash = at(makeChain(5), 4).hash;
    const rewritten = makeChain(2);
    let previousHash = at(rewritten, 1).hash;
    for (let sequence = 3; sequence <= 5; sequence += 1) {
      const link = { ...at(rewritten, 1), sequence, previousHash, actor: "sa_2" };
      rewritten.push({ ...link, hash: hashAuditLink(link) });
      previousHash = hashAuditLink(link);
    }
    expect(verifyAuditChain(rewritten).holds).toBe(true);
    expect(verifyAuditChain(rewritten, { expectedHash })).toMatchObject({ fault: "cut" });
  });

  test("nothing after a break is judged", () => {
    const verifier = new AuditChainVerifier({});
    const chain = makeChain(3);
    expect(verifier.add(at(chain, 1))).toBe(false);
    expect(verifier.add(at(chain, 0))).toBe(false);
    expect(verifier.end()).toMatchObject({ holds: false, sequence: 1 });
  });
});

describe("the canonical form", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const link = fc.record({
    sequence: fc.nat(),
    organizationId: text,
    atMs: fc.nat(),
    actor: text,
    action: text,
    subject: text,
    detailJson: text,
    previousHash: text,
  });

  test("two records that differ have two forms", () => {
    fc.assert(
      fc.property(link, link, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        const forms = [one, other].map((each) => Buffer.from(encodeAuditLink(each)));
        expect(forms[0]?.equals(forms[1] ?? Buffer.alloc(0))).toBe(isSame);
      }),
    );
  });

  test("nothing can move from one field to the next unseen", () => {
    const base = at(makeChain(1), 0);
    const moved = { ...base, actor: "sa_1r", action: "unner.created" };
    const joined = { ...base, actor: "sa_1", action: "runner.created" };
    expect(hashAuditLink(moved)).not.toBe(hashAuditLink(joined));
  });

  test("a detail reads the same in whichever order it was written", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())), (detail) => {
        const reversed = Object.fromEntries(Object.entries(detail).toReversed());
        expect(canonicalDetail(reversed)).toBe(canonicalDetail(detail));
        expect(JSON.parse(canonicalDetail(detail))).toEqual({ ...detail });
      }),
    );
  });

  test("the form is the documented one, byte by byte", () => {
    expect(
      Buffer.from(
        encodeAuditLink({
          sequence: 1,
          organizationId: "org_1",
          atMs: 7,
          actor: "a",
          action: "b",
          subject: "c",
          detailJson: "{}",
          previousHash: "0",
        }),
      ).toString("latin1"),
    ).toBe(
      "\0\0\0\x11holdfast.audit.v1\0\0\0\x05org_1\0\0\0\x011\0\0\0\x017\0\0\0\x01a\0\0\0\x01b\0\0\0\x01c\0\0\0\x02{}\0\0\0\x010",
    );
  });
});
