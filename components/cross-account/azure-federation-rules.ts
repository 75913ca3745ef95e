import type { Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";

/** What Entra takes as the audience of a token that is to be exchanged, in the public cloud. */
export const azureTokenExchangeAudience = "api://AzureADTokenExchange";

const serviceAccountSubject =
  /^system:serviceaccount:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?:[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/;

interface KnownIssuer {
  readonly name: string;
  readonly host: RegExp;
  /** The path, exactly as its tokens have it: the slash at the end is part of the issuer. */
  readonly path: RegExp;
  readonly form: string;
  readonly subject: RegExp;
  readonly subjectForm: string;
}

const kubernetes = {
  subject: serviceAccountSubject,
  subjectForm: "system:serviceaccount:NAMESPACE:SERVICE-ACCOUNT",
} as const;

/** Issuers whose form is published; others are taken as they are. */
const knownIssuers: readonly KnownIssuer[] = [
  {
    // AKS, "Create an OpenID Connect provider on Azure Kubernetes Service": oidcIssuerProfile.issuerURL.
    name: "AKS",
    host: /(?:^|\.)(?:oic|oidc)\.prod-aks\.azure\.com$/,
    path: /^(?:\/[0-9a-f-]{36}){1,2}\/$/,
    form: "https://REGION.oic.prod-aks.azure.com/TENANT/CLUSTER/ with the slash at its end",
    ...kubernetes,
  },
  {
    // EKS, "IAM roles for service accounts": cluster.identity.oidc.issuer.
    name: "EKS",
    host: /^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/,
    path: /^\/id\/[0-9A-F]{32}$/,
    form: "https://oidc.eks.REGION.amazonaws.com/id/32-DIGITS without a slash at its end",
    ...kubernetes,
  },
  {
    // GKE, "About Workload Identity Federation for GKE": the cluster's resource name at this host.
    name: "GKE",
    host: /^container\.googleapis\.com$/,
    path: /^\/v1\/projects\/[^/]+\/(?:locations|zones)\/[^/]+\/clusters\/[^/]+$/,
    form: "https://container.googleapis.com/v1/projects/PROJECT/locations/LOCATION/clusters/CLUSTER without a slash at its end",
    ...kubernetes,
  },
  {
    // IAM, "Federating AWS identities to external services": EnableOutboundWebIdentityFederation.
    name: "AWS",
    host: /^[0-9a-f-]{36}\.tokens\.sts\.global\.api\.aws$/,
    path: /^$/,
    form: "https://ID.tokens.sts.global.api.aws without a slash at its end",
    subject: /^arn:aws(?:-[a-z-]+)?:iam::\d{12}:(?:role|user)\/\S+$/,
    subjectForm: "the ARN of a role or user",
  },
];

/**
 * The issuer of tokens that an identity is to trust, exactly as it stands in their claim `iss`: Entra
 * compares the two as texts, to the last slash (Entra, "Workload identity federation", "How it works").
 *
 * Entra itself is refused: a tenant takes tokens of Entra only for applications of that same tenant, and
 * otherwise answers AADSTS700236.
 */
export const azureIssuerRule: Rule<string> = (issuer) => {
  const parts = partsOf(issuer);
  if (parts === undefined) {
    return "must be the URL of an issuer: https://HOST/PATH, without user, port, query and fragment";
  }
  if (/^(?:login\.microsoftonline\.[a-z]+|sts\.windows\.net)$/.test(parts.host)) {
    return "must not be Entra: it takes its own tokens only for applications of the tenant that issued them (AADSTS700236); make an AzureCrossTenantApplication in the identity's own tenant";
  }
  const known = knownIssuers.find(({ host }) => host.test(parts.host));
  return known === undefined || known.path.test(parts.path)
    ? undefined
    : `must be the issuer of ${known.name} exactly as its tokens name it: ${known.form}`;
};

/** The subject of the tokens: exact, since a credential with anything else in it matches no token. */
export const azureSubjectRule: Rule<string> = patternRule(
  /^(?!.*\*)\S{1,600}$/,
  "the subject of a token, 1 to 600 characters without blanks and without *: Entra knows no wildcards here",
);

/** The audience of the tokens. */
export const azureAudienceRule: Rule<string> = patternRule(
  /^(?!.*\*)\S{1,600}$/,
  `one audience, 1 to 600 characters without blanks, such as ${azureTokenExchangeAudience}`,
);

/** What is wrong with a subject of this issuer's tokens; undefined if nothing is known to be. */
export function azureSubjectProblem(issuer: string, subject: string): string | undefined {
  const host = partsOf(issuer)?.host ?? "";
  const known = knownIssuers.find((each) => each.host.test(host));
  return known === undefined || known.subject.test(subject)
    ? undefined
    : `must have the form of ${known.name}'s subjects: ${known.subjectForm}`;
}

/** The subject of tokens of a Kubernetes service account (Kubernetes, "Service account token claims"). */
export function serviceAccountTokenSubject(namespace: string, serviceAccountName: string): string {
  return `system:serviceaccount:${namespace}:${serviceAccountName}`;
}

function partsOf(issuer: string): { readonly host: string; readonly path: string } | undefined {
  // Not parsed as a URL: a parser would add the very slash that is to be told apart.
  const [, host, path] = /^https:\/\/([a-z0-9.-]+)((?:\/[^\s?#]*)?)$/.exec(issuer) ?? [];
  return host === undefined || path === undefined ? undefined : { host, path };
}
