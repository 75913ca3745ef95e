/** Secrets, variables and connections. */
export const valueTables: readonly string[] = [
  `create table secret (
    id text not null
      constraint secret_id_begins_with_sec check (starts_with(id, 'sec_')),
    organization_id text not null
      constraint secret_belongs_to_an_organization references organization (id),
    name text collate "C" not null
      constraint secret_name_is_well_formed check (name ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    description text not null
      constraint secret_description_is_short check (length(description) <= 1000),
    version integer not null
      constraint secret_version_counts_from_1 check (version >= 1),
    created_at_ms bigint not null,
    updated_at_ms bigint not null,
    constraint secret_id_is_unique primary key (id),
    constraint secret_id_is_unique_in_its_organization unique (organization_id, id),
    constraint secret_name_is_unique_in_its_organization unique (organization_id, name)
  )`,
  "comment on table secret is 'What is known of secrets; never a value.'",
  `create table secret_version (
    organization_id text not null,
    secret_id text not null,
    version integer not null
      constraint secret_version_version_counts_from_1 check (version >= 1),
    sealed bytea,
    created_at_ms bigint not null,
    constraint secret_version_is_unique_in_its_secret
      primary key (organization_id, secret_id, version),
    constraint secret_version_and_its_secret_share_an_organization
      foreign key (organization_id, secret_id) references secret (organization_id, id)
      on delete cascade
  )`,
  "comment on table secret_version is 'Values of secrets, encrypted; null once destroyed.'",
  `create function refuse_to_revive_a_destroyed_version() returns trigger language plpgsql as $$
    begin
      if old.sealed is null and new.sealed is not null then
        raise exception 'a destroyed version stays destroyed'
          using errcode = 'check_violation', constraint = 'secret_version_stays_destroyed';
      end if;
      return new;
    end
  $$`,
  `create trigger secret_version_stays_destroyed before update on secret_version
    for each row execute function refuse_to_revive_a_destroyed_version()`,
  `create table variable (
    id text not null
      constraint variable_id_begins_with_var check (starts_with(id, 'var_')),
    organization_id text not null
      constraint variable_belongs_to_an_organization references organization (id),
    name text collate "C" not null
      constraint variable_name_is_well_formed check (name ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    description text not null
      constraint variable_description_is_short check (length(description) <= 1000),
    version integer not null
      constraint variable_version_counts_from_1 check (version >= 1),
    created_at_ms bigint not null,
    updated_at_ms bigint not null,
    constraint variable_id_is_unique primary key (id),
    constraint variable_id_is_unique_in_its_organization unique (organization_id, id),
    constraint variable_name_is_unique_in_its_organization unique (organization_id, name)
  )`,
  "comment on table variable is 'Values that are no secrets.'",
  `create table variable_version (
    organization_id text not null,
    variable_id text not null,
    version integer not null
      constraint variable_version_version_counts_from_1 check (version >= 1),
    value text not null
      constraint variable_version_value_has_64_kib_at_most check (octet_length(value) <= 65536),
    written_at_ms bigint not null,
    constraint variable_version_is_unique_in_its_variable
      primary key (organization_id, variable_id, version),
    constraint variable_version_and_its_variable_share_an_organization
      foreign key (organization_id, variable_id) references variable (organization_id, id)
      on delete cascade
  )`,
  "comment on table variable_version is 'All values that variables have had.'",
  `create table connection (
    id text not null
      constraint connection_id_begins_with_con check (starts_with(id, 'con_')),
    organization_id text not null
      constraint connection_belongs_to_an_organization references organization (id),
    name text collate "C" not null
      constraint connection_name_is_well_formed check (name ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    description text not null
      constraint connection_description_is_short check (length(description) <= 1000),
    provider integer not null
      constraint connection_provider_is_set check (provider > 0),
    mode integer not null
      constraint connection_mode_is_set check (mode > 0),
    runner_id text not null,
    settings_json text not null,
    sealed_credentials bytea,
    created_at_ms bigint not null,
    updated_at_ms bigint not null,
    constraint connection_has_credentials_in_the_inline_mode_only
      check (sealed_credentials is null or mode = 1),
    constraint connection_id_is_unique primary key (id),
    constraint connection_id_is_unique_in_its_organization unique (organization_id, id),
    constraint connection_name_is_unique_in_its_organization unique (organization_id, name),
    constraint connection_and_its_runner_share_an_organization
      foreign key (organization_id, runner_id) references runner (organization_id, id)
  )`,
  "comment on table connection is 'How runners reach clouds; inline credentials are encrypted.'",
  "create index connection_of_runner on connection (organization_id, runner_id)",
];
