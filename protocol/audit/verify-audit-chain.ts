import { type AuditLink, firstPreviousHash, hashAuditLink } from "./audit-chain.ts";

/** What was found. A chain that does not hold is named by its first bad record. */
export type AuditVerdict =
  | {
      readonly holds: true;
      /** How many records were checked. */
      readonly count: number;
      /** The last record's; keep it elsewhere to see later that none was cut off. */
      readonly headHash: string;
      readonly headSequence: number;
    }
  | {
      readonly holds: false;
      /** Where the chain breaks: the record that is missing, changed or in another's place. */
      readonly sequence: number;
      readonly fault: AuditFault;
      /** A whole sentence for people. */
      readonly message: string;
    };

/** What can be wrong with a chain. */
export type AuditFault = "removed" | "changed" | "reordered" | "foreign" | "cut";

/** What is known of a chain beforehand. */
export interface AuditExpectations {
  /** A hash that the chain must contain: without one, records cut off at the end are not missed. */
  readonly expectedHash?: string;
  /**
   * Set if the export leaves out the records up to this one; those that follow are checked among
   * themselves. 0 by default: the whole chain.
   */
  readonly afterSequence?: number;
}

/** Checks a chain, record by record, so that one of any length can be streamed through it. */
export class AuditChainVerifier {
  readonly #expectations: AuditExpectations;
  #count = 0;
  #sequence: number;
  #hash: string | undefined;
  #organizationId: string | undefined;
  #hasExpected: boolean;
  #broken: AuditVerdict | undefined;

  constructor(expectations: AuditExpectations) {
    const { afterSequence = 0, expectedHash } = expectations;
    this.#expectations = expectations;
    this.#sequence = afterSequence;
    this.#hash = afterSequence === 0 ? firstPreviousHash : undefined;
    this.#hasExpected = expectedHash === undefined || expectedHash === this.#hash;
  }

  /** Takes the next record. @returns false as soon as the chain is broken: what follows cannot be judged. */
  add(link: AuditLink): boolean {
    this.#broken ??= this.#judge(link);
    if (this.#broken !== undefined) {
      return false;
    }
    this.#count += 1;
    this.#sequence = link.sequence;
    this.#hash = link.hash;
    this.#organizationId = link.organizationId;
    this.#hasExpected ||= link.hash === this.#expectations.expectedHash;
    return true;
  }

  /** The verdict over all records that were taken. */
  end(): AuditVerdict {
    if (this.#broken !== undefined) {
      return this.#broken;
    }
    if (!this.#hasExpected) {
      return broken(
        this.#sequence + 1,
        "cut",
        "No record has the expected hash: records were cut off at the end, or the whole chain was replaced.",
      );
    }
    return {
      holds: true,
      count: this.#count,
      headHash: this.#hash ?? firstPreviousHash,
      headSequence: this.#sequence,
    };
  }

  #judge(link: AuditLink): AuditVerdict | undefined {
    const expected = this.#sequence + 1;
    if (link.sequence > expected) {
      return broken(
        expected,
        "removed",
        link.sequence === expected + 1
          ? `Record ${expected} is missing.`
          : `Records ${expected} to ${link.sequence - 1} are missing.`,
      );
    }
    if (link.sequence < expected) {
      return broken(
        link.sequence,
        "reordered",
        `Record ${link.sequence} comes after record ${this.#sequence}.`,
      );
    }
    if (this.#organizationId !== undefined && link.organizationId !== this.#organizationId) {
      return broken(expected, "foreign", `Record ${expected} belongs to another chain.`);
    }
    if (hashAuditLink(link) !== link.hash) {
      return broken(expected, "changed", `Record ${expected} was changed.`);
    }
    if (this.#hash !== undefined && link.previousHash !== this.#hash) {
      return broken(
        expected,
        "changed",
        `Record ${expected} does not follow record ${expected - 1}: one of the two was replaced.`,
      );
    }
    return undefined;
  }
}

/** Checks a whole chain, in the order in which it was exported (docs/audit.md). Needs nothing else. */
export function verifyAuditChain(
  links: Iterable<AuditLink>,
  expectations: AuditExpectations = {},
): AuditVerdict {
  const verifier = new AuditChainVerifier(expectations);
  for (const link of links) {
    if (!verifier.add(link)) {
      break;
    }
  }
  return verifier.end();
}

function broken(sequence: number, fault: AuditFault, message: string): AuditVerdict {
  return { holds: false, sequence, fault, message };
}
