-- In which language somebody is written to, by ISO 639.
ALTER TABLE users ADD COLUMN language text COLLATE "C" NOT NULL DEFAULT 'en'
    CONSTRAINT users_language CHECK (language IN ('en', 'de', 'zh'));
