-- How the tables that are written most are stored and looked after. Measured by benchmarks/store_rows.py and told in
-- docs/maintenance.md; a fillfactor counts for pages that are filled from now on, and nothing is rewritten.
-- Tables that are partitioned keep no rows: their partitions are set, and inherit nothing.
CREATE FUNCTION set_storage(parent regclass, parameters text) RETURNS void LANGUAGE plpgsql AS
$body$
DECLARE
  part regclass;
BEGIN
  FOR part IN
    WITH RECURSIVE parts AS (
      SELECT parent AS oid UNION ALL SELECT inhrelid FROM pg_inherits JOIN parts ON parts.oid = inhparent)
    SELECT c.oid FROM parts JOIN pg_class AS c ON c.oid = parts.oid WHERE c.relkind = 'r'
  LOOP EXECUTE format('ALTER TABLE %s %s', part, parameters); END LOOP;
END
$body$;

-- Every edit of a boundary writes the seven or so cells around it. With full pages a third of that wrote the key's index
-- too (HOT 69 %, at 90 and 80 no better); at 70 it is 98 %, and table and index together are smaller for it. The table
-- grows to one row for each 100 m by 100 m that anybody edits, and no further.
SELECT set_storage('conflict_cell', 'SET (fillfactor = 70)');

-- A version is updated once, when the next one closes its period; where its page is full, five indexes get another entry,
-- one of them spatial. HOT 78 % with full pages, 86 % at 90, which is also the smallest after some work (11.4 MiB against
-- 12.0; at 80 12.2, at 70 13.4). New rows are marked visible by a VACUUM after 5 % instead of 20 % of them: history only
-- grows, and a fifth of a million versions is long to wait, and much at once.
SELECT set_storage('parcel_version', 'SET (fillfactor = 90, autovacuum_vacuum_insert_scale_factor = 0.05, '
  'autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)');

-- A boundary that moves is never HOT, for it is indexed; an attribute is, where the page has room. Of the first 6,000 changes
-- of a land use after an import 49 % were with full pages, 91 % at 95, 97 % at 90, and a change that is not writes the trigram
-- index too. Geometry of less than 2 kB lies uncompressed in its row (STORAGE EXTERNAL), so a row has 200 bytes to 2 kB and
-- the reserve of a page must hold one: 95 leaves 400 bytes, too little for a lot of 30 points; 90 costs 10 % more pages.
-- At a million parcels PostgreSQL's own share of 20 % would be 200,000 dead rows before a VACUUM, and 100,000 changes
-- before statistics are made anew; here they are 20,000.
SELECT set_storage('parcel', 'SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, '
  'autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1)');

-- An edit's row is written twice, and never HOT: its time, which is indexed, is that of its end. So half of what was ever
-- written is dead; room on the page would not help, an earlier VACUUM does.
SELECT set_storage('edit', 'SET (autovacuum_vacuum_scale_factor = 0.05)');

-- Findings change their state one by one over years, while plans of the lists depend on how many are open.
SELECT set_storage('finding', 'SET (autovacuum_analyze_scale_factor = 0.02)');
-- job_run and the queue's tables stay as they are: 1,999 of 2,000 reports of a running job were HOT with full pages, and
-- the queue, which is nearly always empty, is vacuumed after 50 dead rows already. No statistics target is raised: ANALYZE
-- of 90,000 lots took 1.3 s instead of 0.8 with 500, and its estimates of boxes were not better.
DROP FUNCTION set_storage(regclass, text);
