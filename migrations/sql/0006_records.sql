-- Nothing of a record is deleted, for edits rest on it by its number alone (no foreign key); its files and events stand
-- as they were written. The application's role lacks the right besides.
CREATE FUNCTION guard_record() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'record' AND NEW.id = OLD.id THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'Record % stands: its number, its files and its events are never changed or deleted',
    CASE WHEN TG_TABLE_NAME = 'record' THEN to_jsonb(OLD) ->> 'id' ELSE to_jsonb(OLD) ->> 'record_id' END
    USING ERRCODE = 'SA003', HINT = 'Return the record instead.';
END
$body$;
CREATE TRIGGER record_guard BEFORE UPDATE OR DELETE ON record FOR EACH ROW EXECUTE FUNCTION guard_record();
CREATE TRIGGER record_guard_truncate BEFORE TRUNCATE ON record EXECUTE FUNCTION guard_truncate();
CREATE TRIGGER record_file_guard BEFORE UPDATE OR DELETE ON record_file FOR EACH ROW EXECUTE FUNCTION guard_record();
CREATE TRIGGER record_file_guard_truncate BEFORE TRUNCATE ON record_file EXECUTE FUNCTION guard_truncate();
CREATE TRIGGER record_event_guard BEFORE UPDATE OR DELETE ON record_event FOR EACH ROW EXECUTE FUNCTION guard_record();
CREATE TRIGGER record_event_guard_truncate BEFORE TRUNCATE ON record_event EXECUTE FUNCTION guard_truncate();
