-- A draft that waits for approval is what its approver read, and one that was approved is what was approved: neither is
-- changed in what it holds, by whomever, and neither is deleted. From approved no step leads on.
CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF NEW.id <> OLD.id OR NEW.key <> OLD.key OR NEW.owner_id <> OLD.owner_id OR NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'Draft % keeps its key and its owner, and a change is its next version', OLD.id
      USING ERRCODE = 'SA003', HINT = 'Set version = version + 1, or make another draft.';
  END IF;
  IF OLD.state = 'approved' OR (OLD.state = 'submitted' AND (
      (NEW.comment, NEW.record_id, NEW.nature, NEW.reverts, NEW.seen, NEW.operations, NEW.notes, NEW.title)
      IS DISTINCT FROM
      (OLD.comment, OLD.record_id, OLD.nature, OLD.reverts, OLD.seen, OLD.operations, OLD.notes, OLD.title))) THEN
    RAISE EXCEPTION 'Draft % is %, and stays as it is', OLD.id, OLD.state
      USING ERRCODE = 'SA003', HINT = 'Withdraw it first; what was approved is an edit.';
  END IF;
  RETURN NEW;
END
$body$;
CREATE FUNCTION guard_draft_kept() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF OLD.state IN ('submitted', 'approved') THEN
    RAISE EXCEPTION 'Draft % is %, and is not deleted', OLD.id, OLD.state
      USING ERRCODE = 'SA003', HINT = 'Withdraw it first; what was approved is an edit.';
  END IF;
  RETURN OLD;
END
$body$;
CREATE TRIGGER draft_kept BEFORE DELETE ON draft FOR EACH ROW EXECUTE FUNCTION guard_draft_kept();

-- What happened to drafts stands as it was written, also when the draft is gone.
CREATE FUNCTION guard_draft_event() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  RAISE EXCEPTION 'What happened to draft % is never changed or deleted', OLD.draft_id USING ERRCODE = 'SA003';
END
$body$;
CREATE TRIGGER draft_event_guard BEFORE UPDATE OR DELETE ON draft_event
  FOR EACH ROW EXECUTE FUNCTION guard_draft_event();
CREATE TRIGGER draft_event_guard_truncate BEFORE TRUNCATE ON draft_event EXECUTE FUNCTION guard_truncate();
