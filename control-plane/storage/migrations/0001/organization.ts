/** Organizations. Names sort by their bytes (`collate "C"`), so that pages are the same on every engine. */
export const organizationTables: readonly string[] = [
  `create table organization (
    id text not null
      constraint organization_id_begins_with_org check (starts_with(id, 'org_')),
    name text collate "C" not null
      constraint organization_name_is_well_formed
        check (name ~ '^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'),
    display_name text not null
      constraint organization_display_name_is_short check (length(display_name) <= 200),
    created_at_ms bigint not null,
    constraint organization_id_is_unique primary key (id),
    constraint organization_name_is_unique unique (name)
  )`,
  "comment on table organization is 'The walls between customers.'",
];
