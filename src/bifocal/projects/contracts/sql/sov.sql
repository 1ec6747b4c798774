-- The schedule of values adds up to the contract sum when the transaction ends (decision 22).
create function sov_equals_contract() returns trigger language plpgsql as $$
declare c record; total numeric; which bigint;
begin
  if tg_table_name = 'contracts_contract' then which := new.id;
  elsif tg_op = 'DELETE' then which := old.contract_id;
  else which := new.contract_id; end if;
  select id, sum into c from contracts_contract where id = which;
  if not found then return null; end if;
  select coalesce(sum(scheduled_value), 0) into total from contracts_sovline where contract_id = c.id;
  if total <> c.sum then
    raise exception 'the schedule of values adds up to %, the contract sum is %', total, c.sum using errcode = '23514';
  end if;
  return null;
end $$;
create constraint trigger sov_equals_contract after insert or update of sum on contracts_contract
  deferrable initially deferred for each row execute function sov_equals_contract();
create constraint trigger sov_equals_contract after insert or update or delete on contracts_sovline
  deferrable initially deferred for each row execute function sov_equals_contract();
