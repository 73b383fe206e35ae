ALTER TABLE conflict_cell RESET (autovacuum_vacuum_scale_factor);
