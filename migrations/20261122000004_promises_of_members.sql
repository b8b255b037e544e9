-- What custom limits promise counts active members only. Whoever changes a member's status, the sum
-- is worked out anew by the next decision.
CREATE FUNCTION forget_set_aside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE organization_states SET set_aside_until = NULL
    WHERE organization_id = NEW.organization_id;
    RETURN NULL;
END $$;
CREATE TRIGGER members_promise AFTER UPDATE OF status ON members
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION forget_set_aside();
