/**
 * What the policies talk about, in Cedar's schema language. Strict: a policy or a request that does
 * not fit is refused.
 *
 * Everything of an organization is `in` it, so that a permission on the organization cascades to its
 * secrets, variables and so on. Roles contain one another: an administrator is an operator, an
 * operator is a viewer.
 */
export const schema = `
entity Platform;
entity Organization in [Platform];
entity Role in [Role];

entity ServiceAccount in [Role, Organization] { organization?: Organization };
entity RunnerIdentity in [Role] { organization: Organization };

entity Runner in [Organization];
entity Secret in [Organization];
entity Variable in [Organization];
entity Connection in [Organization];
entity Operation in [Organization];
entity Audit in [Organization];

action viewing;
action operating;
action administering;
action installing;

action viewOrganization in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization]
};
action viewRunner in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization, Runner]
};
action viewServiceAccount in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization, ServiceAccount]
};
action viewSecret in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization, Secret]
};
action accessSecret in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization, Secret, Variable]
};
action viewVariable in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization, Variable]
};
action viewConnection in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization, Connection]
};
action viewOperation in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization, Operation]
};
action viewAudit in [viewing] appliesTo {
  principal: [ServiceAccount, RunnerIdentity], resource: [Organization, Audit]
};

action runOperation in [operating] appliesTo {
  principal: [ServiceAccount], resource: [Organization, Connection, Runner]
};
action cancelOperation in [operating] appliesTo {
  principal: [ServiceAccount], resource: [Organization, Operation]
};

action updateOrganization in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization]
};
action createRunner in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization]
};
action updateRunner, deleteRunner, generateCredentials, revokeCredentials in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization, Runner]
};
action manageServiceAccount in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization, ServiceAccount]
};
action manageSecret in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization, Secret]
};
action manageVariable in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization, Variable]
};
action manageConnection in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization, Connection]
};
action deleteOperation in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization, Operation]
};
action rotateOrganizationKey in [administering] appliesTo {
  principal: [ServiceAccount], resource: [Organization]
};

action createOrganization, listOrganizations, deleteOrganization in [installing] appliesTo {
  principal: [ServiceAccount], resource: [Platform]
};
action viewPlatformAudit, rotateMasterKey, viewAdministratorKey, manageAdministratorKey in [installing] appliesTo {
  principal: [ServiceAccount], resource: [Platform]
};

action whoAmI appliesTo {
  principal: [ServiceAccount], resource: [ServiceAccount]
};
action openTunnel appliesTo {
  principal: [RunnerIdentity], resource: [Organization]
};
`;
