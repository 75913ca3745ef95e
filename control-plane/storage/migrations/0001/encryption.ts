/** Organization keys. They go with their organization: what they sealed is then beyond reach. */
export const encryptionTables: readonly string[] = [
  `create table encryption_key (
    id text not null
      constraint encryption_key_id_begins_with_dek check (starts_with(id, 'dek_')),
    organization_id text not null
      constraint encryption_key_belongs_to_an_organization references organization (id)
      on delete cascade,
    master_key_id text not null,
    wrapped bytea not null,
    is_active boolean not null,
    created_at_ms bigint not null,
    constraint encryption_key_id_is_unique primary key (id)
  )`,
  "comment on table encryption_key is 'Organization keys, wrapped by a master key.'",
  `create unique index encryption_key_is_the_only_active_one on encryption_key (organization_id)
    where is_active`,
];
