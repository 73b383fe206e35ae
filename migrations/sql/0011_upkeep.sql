-- Provisional
ALTER TABLE conflict_cell SET (autovacuum_vacuum_scale_factor = 0.05);
