-- Storage and autovacuum as PostgreSQL does it by itself.
DO $$
DECLARE
  part regclass;
BEGIN
  FOR part IN
    WITH RECURSIVE parts AS (
      SELECT unnest(ARRAY['conflict_cell', 'parcel_version', 'parcel', 'edit', 'finding']::regclass[]) AS oid
      UNION ALL SELECT inhrelid FROM pg_inherits JOIN parts ON parts.oid = inhparent)
    SELECT c.oid FROM parts JOIN pg_class AS c ON c.oid = parts.oid WHERE c.relkind = 'r'
  LOOP
    EXECUTE format('ALTER TABLE %s RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor, '
                   'autovacuum_vacuum_insert_scale_factor)', part);
  END LOOP;
END $$;
