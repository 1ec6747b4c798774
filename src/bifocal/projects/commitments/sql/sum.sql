-- A commitment's sum is the sum of its lines that count, when the transaction ends.
create function commitment_equals_lines() returns trigger language plpgsql as $$
declare c record; total numeric; which bigint;
begin
  if tg_table_name = 'commitments_commitment' then which := new.id;
  elsif tg_op = 'DELETE' then which := old.commitment_id;
  else which := new.commitment_id; end if;
  select id, sum, number into c from commitments_commitment where id = which;
  if not found then return null; end if;
  select coalesce(sum(amount), 0) into total from commitments_commitmentline where commitment_id = c.id and counts;
  if total <> c.sum then
    raise exception 'the lines of commitment % add up to %, its sum is %', c.number, total, c.sum using errcode = '23514';
  end if;
  return null;
end $$;
create constraint trigger commitment_equals_lines after insert or update of sum on commitments_commitment
  deferrable initially deferred for each row execute function commitment_equals_lines();
create constraint trigger commitment_equals_lines after insert or update or delete on commitments_commitmentline
  deferrable initially deferred for each row execute function commitment_equals_lines();
