/**
 * Runners, service accounts, API keys and credentials. What belongs to no organization has the scope
 * `installation`; a foreign key over the scope keeps a key in the scope of its account, which one over
 * `organization_id` would not, since null never violates a foreign key.
 */
export const runnerTables: readonly string[] = [
  `create table runner (
    id text not null
      constraint runner_id_begins_with_run check (starts_with(id, 'run_')),
    organization_id text not null
      constraint runner_belongs_to_an_organization references organization (id),
    name text collate "C" not null
      constraint runner_name_is_well_formed check (name ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    description text not null
      constraint runner_description_is_short check (length(description) <= 1000),
    is_enabled boolean not null,
    service_account_id text,
    created_at_ms bigint not null,
    last_seen_at_ms bigint,
    constraint runner_id_is_unique primary key (id),
    constraint runner_id_is_unique_in_its_organization unique (organization_id, id),
    constraint runner_name_is_unique_in_its_organization unique (organization_id, name)
  )`,
  "comment on table runner is 'Processes in the customer''s infrastructure that execute operations.'",
  `create table service_account (
    id text not null
      constraint service_account_id_begins_with_sa check (starts_with(id, 'sa_')),
    organization_id text
      constraint service_account_belongs_to_an_organization references organization (id),
    scope text not null
      generated always as (coalesce(organization_id, 'installation')) stored,
    name text collate "C" not null
      constraint service_account_name_is_well_formed
        check (name ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    description text not null
      constraint service_account_description_is_short check (length(description) <= 1000),
    role text not null
      constraint service_account_role_is_known
        check (role in ('viewer', 'operator', 'administrator')),
    runner_id text,
    created_at_ms bigint not null,
    constraint service_account_id_is_unique primary key (id),
    constraint service_account_id_is_unique_in_its_organization unique (organization_id, id),
    constraint service_account_id_is_unique_in_its_scope unique (scope, id),
    constraint service_account_name_is_unique_in_its_scope unique (scope, name),
    constraint service_account_of_a_runner_is_the_only_one unique (runner_id),
    constraint service_account_of_the_installation_is_no_runners
      check (organization_id is not null or runner_id is null),
    constraint service_account_of_the_installation_administers
      check (organization_id is not null or role = 'administrator'),
    constraint service_account_and_its_runner_share_an_organization
      foreign key (organization_id, runner_id) references runner (organization_id, id)
      on delete cascade
  )`,
  "comment on table service_account is 'Who programs are; a runner''s goes with its runner.'",
  `alter table runner
    add constraint runner_and_its_service_account_share_an_organization
    foreign key (organization_id, service_account_id)
    references service_account (organization_id, id)
    on delete set null (service_account_id)`,
  `create table api_key (
    id text collate "C" not null
      constraint api_key_id_begins_with_key check (starts_with(id, 'key_')),
    organization_id text,
    scope text not null
      generated always as (coalesce(organization_id, 'installation')) stored,
    service_account_id text not null,
    description text not null
      constraint api_key_description_is_short check (length(description) <= 1000),
    digest bytea not null
      constraint api_key_digest_has_32_bytes check (length(digest) = 32),
    pepper_id text not null,
    created_at_ms bigint not null,
    expire_at_ms bigint
      constraint api_key_expires_after_it_was_made check (expire_at_ms > created_at_ms),
    revoked_at_ms bigint,
    last_used_at_ms bigint,
    constraint api_key_id_is_unique primary key (id),
    constraint api_key_id_is_unique_in_its_organization unique (organization_id, id),
    constraint api_key_and_its_service_account_share_a_scope
      foreign key (scope, service_account_id) references service_account (scope, id)
      on delete cascade
  )`,
  "comment on table api_key is 'Keyed digests of API keys; never a key.'",
  "create index api_key_of_service_account on api_key (service_account_id, created_at_ms desc)",
  `create table runner_credentials (
    organization_id text not null,
    runner_id text not null,
    generation integer not null
      constraint runner_credentials_generation_counts_from_1 check (generation >= 1),
    certificate_serial text not null,
    certificate_fingerprint text not null,
    api_key_id text not null,
    created_at_ms bigint not null,
    expire_at_ms bigint not null,
    revoked_at_ms bigint,
    revoke_after_ms bigint,
    first_connected_at_ms bigint,
    constraint runner_credentials_generation_is_unique_in_its_runner
      primary key (organization_id, runner_id, generation),
    constraint runner_credentials_serial_is_unique unique (certificate_serial),
    constraint runner_credentials_belong_to_a_runner_of_their_organization
      foreign key (organization_id, runner_id) references runner (organization_id, id)
      on delete cascade,
    constraint runner_credentials_have_an_api_key_of_their_organization
      foreign key (organization_id, api_key_id) references api_key (organization_id, id)
      on delete cascade
  )`,
  "comment on table runner_credentials is 'Generations of runners'' credentials, without secrets.'",
  `create index runner_credentials_with_an_overlap on runner_credentials (revoke_after_ms)
    where revoked_at_ms is null and revoke_after_ms is not null`,
  `create function refuse_to_take_back_a_revocation() returns trigger language plpgsql as $$
    begin
      if old.revoked_at_ms is not null and new.revoked_at_ms is distinct from old.revoked_at_ms then
        raise exception 'what is revoked stays revoked'
          using errcode = 'check_violation', constraint = tg_table_name || '_stays_revoked';
      end if;
      return new;
    end
  $$`,
  `create trigger api_key_stays_revoked before update on api_key
    for each row execute function refuse_to_take_back_a_revocation()`,
  `create trigger runner_credentials_stay_revoked before update on runner_credentials
    for each row execute function refuse_to_take_back_a_revocation()`,
];
