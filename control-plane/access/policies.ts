/**
 * Who may do what, in Cedar: a short list, because roles and actions are grouped in the schema. The
 * last one is the wall between organizations: whatever the others permit, it forbids across.
 */
export const policies = {
  viewer: `
permit (principal in Role::"viewer", action in Action::"viewing", resource);`,

  operator: `
permit (principal in Role::"operator", action in Action::"operating", resource);`,

  administrator: `
permit (principal in Role::"administrator", action in Action::"administering", resource);`,

  "installation-administrator": `
permit (
  principal in Role::"installation-administrator",
  action in Action::"installing",
  resource is Platform
);`,

  self: `
permit (principal, action == Action::"whoAmI", resource) when { principal == resource };`,

  tunnel: `
permit (
  principal is RunnerIdentity in Role::"viewer",
  action == Action::"openTunnel",
  resource is Organization
);`,

  wall: `
forbid (principal, action, resource)
unless {
  principal in Role::"installation-administrator" ||
  (principal has organization && resource in principal.organization)
};`,
} as const;

/** The policy that is the wall between organizations. */
export const wallPolicy = "wall" satisfies keyof typeof policies;
