-- What a client's man signed (or refused to sign) is never changed or deleted; prices and the event it goes to may still be found.
create function signed_ticket_is_immutable() returns trigger language plpgsql as $$
begin
  if old.signed_at is not null and (tg_op = 'DELETE' or (old.day, old.ordered_by, old.signed_by, old.signed_for, old.signed_at, old.witness,
      old.refused_because, old.photos, old.sha256) is distinct from (new.day, new.ordered_by, new.signed_by, new.signed_for, new.signed_at, new.witness,
      new.refused_because, new.photos, new.sha256)) then
    raise exception 'the ticket of % is signed: write another one', old.day using errcode = '23514';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger signed_ticket_is_immutable before update or delete on tickets_ticket
  for each row execute function signed_ticket_is_immutable();
create function signed_ticket_line_is_immutable() returns trigger language plpgsql as $$
declare signed timestamptz;
begin
  select t.signed_at into signed from tickets_ticket t where t.document_id = coalesce(old.ticket_id, new.ticket_id);
  if signed is not null and (tg_op <> 'UPDATE' or (old.sort, old.name, old.person_id, old.quantity, old.overtime, old.unit, old.ticket_id)
      is distinct from (new.sort, new.name, new.person_id, new.quantity, new.overtime, new.unit, new.ticket_id)) then
    raise exception 'the ticket is signed: write another one' using errcode = '23514';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger signed_ticket_line_is_immutable before insert or update or delete on tickets_ticketline
  for each row execute function signed_ticket_line_is_immutable();
