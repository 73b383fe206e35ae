-- Whose a draft is and under which key never changes, and no change goes past another: each is one version more.
CREATE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF NEW.id = OLD.id AND NEW.key = OLD.key AND NEW.owner_id = OLD.owner_id AND NEW.version = OLD.version + 1 THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Draft % keeps its key and its owner, and a change is its next version', OLD.id
    USING ERRCODE = 'SA003', HINT = 'Set version = version + 1, or make another draft.';
END
$body$;
CREATE TRIGGER draft_guard BEFORE UPDATE ON draft FOR EACH ROW EXECUTE FUNCTION guard_draft();
