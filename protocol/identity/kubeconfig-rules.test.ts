import fc from "fast-check";
import { expect, test } from "vitest";
import { kubeconfigProblems } from "./kubeconfig-rules.ts";

const config = (cluster: string, user: string): string => `
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`;

const server = "server: https://10.0.0.1:6443";

test("a kubeconfig that holds its credentials itself is accepted", () => {
  expect(
    kubeconfigProblems(config(`{${server}, certificate-authority-data: QUFB}`, "{token: t}")),
  ).toEqual([]);
  expect(
    kubeconfigProblems(
      config(`{${server}}`, "{client-certificate-data: QUFB, client-key-data: QUFB}"),
    ),
  ).toEqual([]);
});

test.each([
  ["exec", "{exec: {command: /bin/sh}}", "users.0.user.exec runs a program"],
  ["exec", "{exec: null}", "users.0.user.exec runs a program"],
  ["auth-provider", "{auth-provider: {name: gcp}}", "users.0.user.auth-provider runs a program"],
  ["client-certificate", "{client-certificate: /etc/passwd}", "users.0.user.client-certificate"],
  ["client-key", "{client-key: /root/.ssh/id_rsa}", "users.0.user.client-key"],
  ["tokenFile", "{tokenFile: /proc/self/environ}", "users.0.user.tokenFile"],
])("a user with %s is refused: %s", (_key, user, problem) => {
  expect(kubeconfigProblems(config(`{${server}}`, user)).join()).toContain(problem);
});

test.each([
  ["certificate-authority: /etc/ssl/cert.pem", "refers to a file"],
  ["insecure-skip-tls-verify: true", "leaves the server unchecked"],
  ["proxy-url: http://attacker.example", "leads the connection elsewhere"],
])("a cluster with %s is refused", (field, problem) => {
  expect(kubeconfigProblems(config(`{${server}, ${field}}`, "{token: t}")).join()).toContain(
    problem,
  );
});

test("every user and every cluster is looked at, not only those of the current context", () => {
  const text = config(`{${server}}`, "{token: t}").replace(
    "users: [",
    "users: [{name: other, user: {exec: {command: x}}}, ",
  );
  expect(kubeconfigProblems(text)).toHaveLength(1);
});

test("anchors and aliases are refused, which could make a small text large", () => {
  const bomb = `a: &a [x, x]\nb: [*a, *a]\n${config(`{${server}}`, "{token: t}")}`;
  expect(kubeconfigProblems(bomb)).toEqual(["must be a kubeconfig in YAML, without aliases"]);
});

test.each(["", "null", "[]", "just text", "clusters: []", ": : :", "\u0000", "{"])(
  "what is no kubeconfig is refused, and never throws: %j",
  (text) => {
    expect(kubeconfigProblems(text).length).toBeGreaterThan(0);
  },
);

test("no text at all makes it throw or repeat a value", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const problems = kubeconfigProblems(`canary-${text}`);
      expect(problems.join()).not.toContain("canary-");
    }),
  );
});
