-- A password opens the organizations in which its owner has set or changed it, and no others: an
-- organization can invite any email, and whoever it hands the link to can choose the password of
-- somebody who has none.
ALTER TABLE members ADD COLUMN password_opens boolean NOT NULL DEFAULT false;
UPDATE members m SET password_opens = true
FROM users u WHERE u.user_id = m.user_id AND u.password_hash IS NOT NULL;
