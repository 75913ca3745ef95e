/**
 * Operations. What an operation names may be deleted while the operation is kept as history, so that it
 * has no foreign keys to it; a trigger sees to it that it was of the same organization at the beginning.
 */
export const operationTables: readonly string[] = [
  `create table operation (
    id text collate "C" not null
      constraint operation_id_begins_with_op check (starts_with(id, 'op_')),
    organization_id text not null
      constraint operation_belongs_to_an_organization references organization (id)
      on delete cascade,
    kind text not null,
    connection_id text,
    runner_id text not null,
    service_account_id text not null,
    state text not null
      constraint operation_state_is_known check (state in
        ('queued', 'sent', 'running', 'succeeded', 'failed', 'canceled', 'expired')),
    created_at_ms bigint not null,
    started_at_ms bigint,
    ended_at_ms bigint,
    deadline_at_ms bigint not null,
    failure_code text,
    failure_message text,
    failure_mender text,
    failure_is_retriable boolean,
    input_sha256 text not null
      constraint operation_input_hash_is_sha256 check (input_sha256 ~ '^[0-9a-f]{64}$'),
    output_bytes bigint not null
      constraint operation_output_is_counted_from_0 check (output_bytes >= 0),
    idempotency_key text,
    constraint operation_id_is_unique primary key (id),
    constraint operation_has_an_end_exactly_if_it_has_ended
      check ((ended_at_ms is not null) = (state in ('succeeded', 'failed', 'canceled', 'expired'))),
    constraint operation_has_a_failure_exactly_if_it_ended_without_success
      check ((failure_code is not null) = (state in ('failed', 'canceled', 'expired'))),
    constraint operation_failure_is_whole check (
      (failure_code is null) = (failure_message is null)
      and (failure_code is null) = (failure_mender is null)
      and (failure_code is null) = (failure_is_retriable is null))
  )`,
  "comment on table operation is 'Requests to runners and what became of them; no inputs or outputs.'",
  `create index operation_newest_first
    on operation (organization_id, created_at_ms desc, id desc)`,
  `create index operation_idempotency
    on operation (organization_id, service_account_id, idempotency_key, created_at_ms desc)
    where idempotency_key is not null`,
  `create index operation_not_ended on operation (created_at_ms) where ended_at_ms is null`,
  `create function check_operation_begins_within_its_organization() returns trigger
    language plpgsql as $$
    begin
      if new.state <> 'queued' then
        raise exception 'an operation begins queued'
          using errcode = 'check_violation', constraint = 'operation_begins_queued';
      end if;
      if not exists (select from runner
          where organization_id = new.organization_id and id = new.runner_id) then
        raise exception 'an operation names a runner of its organization'
          using errcode = 'foreign_key_violation',
            constraint = 'operation_and_its_runner_share_an_organization';
      end if;
      if new.connection_id is not null and not exists (select from connection
          where organization_id = new.organization_id and id = new.connection_id) then
        raise exception 'an operation names a connection of its organization'
          using errcode = 'foreign_key_violation',
            constraint = 'operation_and_its_connection_share_an_organization';
      end if;
      return new;
    end
  $$`,
  `create trigger operation_begins_within_its_organization before insert on operation
    for each row execute function check_operation_begins_within_its_organization()`,
  `create function check_operation_state_follows() returns trigger language plpgsql as $$
    begin
      if (new.id, new.organization_id, new.runner_id)
          is distinct from (old.id, old.organization_id, old.runner_id) then
        raise exception 'an operation stays what it is'
          using errcode = 'check_violation', constraint = 'operation_stays_in_its_organization';
      end if;
      if (old.state, new.state) not in (
        ('queued', 'sent'), ('queued', 'failed'), ('queued', 'canceled'), ('queued', 'expired'),
        ('sent', 'running'), ('sent', 'failed'), ('sent', 'canceled'), ('sent', 'expired'),
        ('running', 'succeeded'), ('running', 'failed'), ('running', 'canceled'),
        ('running', 'expired')
      ) then
        raise exception 'no operation goes from % to %', old.state, new.state
          using errcode = 'check_violation', constraint = 'operation_state_follows_the_one_before';
      end if;
      return new;
    end
  $$`,
  `create trigger operation_state_follows_the_one_before before update on operation
    for each row execute function check_operation_state_follows()`,
];
