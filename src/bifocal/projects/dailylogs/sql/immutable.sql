-- A signed log is never changed or deleted (decision 24); amendments are rows of their own.
create function signed_log_is_immutable() returns trigger language plpgsql as $$
begin
  if old.signed_at is not null then
    raise exception 'the log of % is signed: amend it instead', old.day using errcode = '23514';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger signed_log_is_immutable before update or delete on dailylogs_dailylog
  for each row execute function signed_log_is_immutable();
