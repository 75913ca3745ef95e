/**
 * The audit. A chain is named by its organization, or `installation`, without a foreign key: the record
 * of an organization outlives it, and identifiers never recur.
 */
export const auditTables: readonly string[] = [
  `create table audit_chain (
    chain text not null,
    last_sequence bigint not null,
    last_hash text not null,
    constraint audit_chain_is_unique primary key (chain)
  )`,
  "comment on table audit_chain is 'The end of each chain; its row is the lock for appending.'",
  `create table audit_record (
    chain text not null,
    sequence bigint not null
      constraint audit_record_sequence_counts_from_1 check (sequence >= 1),
    at_ms bigint not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail_json text not null,
    previous_hash text not null
      constraint audit_record_previous_hash_is_sha256 check (previous_hash ~ '^[0-9a-f]{64}$'),
    hash text not null
      constraint audit_record_hash_is_sha256 check (hash ~ '^[0-9a-f]{64}$'),
    constraint audit_record_sequence_is_unique_in_its_chain primary key (chain, sequence),
    constraint audit_record_belongs_to_a_chain foreign key (chain) references audit_chain (chain)
  )`,
  "comment on table audit_record is 'What happened, in hash chains (docs/audit.md).'",
  "create index audit_record_of_subject on audit_record (chain, subject, sequence)",
  `create function refuse_to_change_the_audit() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit is only appended to'
        using errcode = 'check_violation', constraint = 'audit_record_is_never_changed';
    end
  $$`,
  `create trigger audit_record_is_never_changed before update or delete on audit_record
    for each row execute function refuse_to_change_the_audit()`,
];
