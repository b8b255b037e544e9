-- Whoever edits what decisions go by tells it to the servers, which tell open pages. Decisions do not come
-- by here: they are many, and whatever commits with an announcement waits for all others that do.
CREATE FUNCTION announce_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('allot_usage', NEW.organization_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER edits_announced AFTER UPDATE OF version ON organization_states
    FOR EACH ROW EXECUTE FUNCTION announce_edit();
