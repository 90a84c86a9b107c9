-- SQLite knows no policies.
select 1;
