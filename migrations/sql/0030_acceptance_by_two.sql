-- As migration 0022 made it, with what a draft holds since: acceptances, and the refused row that it admits.
CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS
$body$
BEGIN
  IF NEW.id <> OLD.id OR NEW.key <> OLD.key OR NEW.owner_id <> OLD.owner_id OR NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'Draft % keeps its key and its owner, and a change is its next version', OLD.id
      USING ERRCODE = 'SA003', HINT = 'Set version = version + 1, or make another draft.';
  END IF;
  IF OLD.state = 'approved' OR (OLD.state = 'submitted' AND (
      (NEW.comment, NEW.record_id, NEW.nature, NEW.reverts, NEW.seen, NEW.operations, NEW.notes, NEW.title,
       NEW.accept, NEW.admits_import, NEW.admits_row, NEW.findings, NEW.accepts)
      IS DISTINCT FROM
      (OLD.comment, OLD.record_id, OLD.nature, OLD.reverts, OLD.seen, OLD.operations, OLD.notes, OLD.title,
       OLD.accept, OLD.admits_import, OLD.admits_row, OLD.findings, OLD.accepts))) THEN
    RAISE EXCEPTION 'Draft % is %, and stays as it is', OLD.id, OLD.state
      USING ERRCODE = 'SA003', HINT = 'Withdraw it first; what was approved is an edit.';
  END IF;
  RETURN NEW;
END
$body$;
