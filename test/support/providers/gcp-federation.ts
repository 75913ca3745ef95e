/**
 * A workload identity provider's mapping and condition, applied to a certificate's first URI: as much of the Common
 * Expression Language as `components/cross-account/gcp-attribute-condition.ts` writes, and nothing else.
 *
 * What it does NOT prove: that Google's own evaluator takes the texts.
 */
export interface GcpFederation {
  readonly attributeMapping: Readonly<Record<string, string>>;
  readonly attributeCondition: string;
}

/** What a certificate becomes; undefined if the condition refuses it. @throws if a text is of another form. */
export function federate(
  { attributeMapping, attributeCondition }: GcpFederation,
  uri: string,
): Readonly<Record<string, string>> | undefined {
  if (!isTrue(attributeCondition, uri)) {
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(attributeMapping).map(([name, expression]) => {
      const template = /^assertion\.san\.uri\.extract\('([^']*)'\)$/.exec(expression)?.[1];
      if (template === undefined) {
        throw new Error(`no expression of ours: ${expression}`);
      }
      return [name, extract(uri, template)];
    }),
  );
}

function isTrue(condition: string, uri: string): boolean {
  const prefix = /^assertion\.san\.uri\.startsWith\('([^']*)'\)$/.exec(condition)?.[1];
  if (prefix !== undefined) {
    return uri.startsWith(prefix);
  }
  const list = /^assertion\.san\.uri in \[((?:'[^']*'(?:, )?)+)\]$/.exec(condition)?.[1];
  if (list === undefined) {
    throw new Error(`no condition of ours: ${condition}`);
  }
  return list.split(", ").includes(`'${uri}'`);
}

/** IAM documentation, "Attribute reference for IAM Conditions", "extract": the text between what surrounds the name
 * in braces, at its first place; empty if it is nowhere. */
function extract(text: string, template: string): string {
  const [, before = "", after = ""] = /^([^{]*)\{[^}]*\}([^{]*)$/.exec(template) ?? [];
  const start = text.indexOf(before);
  if (start < 0) {
    return "";
  }
  const rest = text.slice(start + before.length);
  const end = after === "" ? rest.length : rest.indexOf(after);
  return end < 0 ? "" : rest.slice(0, end);
}
