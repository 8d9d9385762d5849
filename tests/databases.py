"""Which databases a test runs on, where both would say nothing more."""

import pytest

ON_SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("settings", ["postgres"], indirect=True)

# A database for each test costs 0.4 s on PostgreSQL; emptying one costs a twentieth of that.
KEEP_WHAT_MIGRATIONS_WROTE = """
DO $$
DECLARE name text; filled boolean;
BEGIN
  CREATE SCHEMA kept;
  CREATE TABLE kept.sequences_at AS
    SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO filled;
    IF filled THEN
      EXECUTE format('CREATE TABLE kept.%I AS SELECT * FROM public.%I', name, name);
    END IF;
  END LOOP;
END $$
"""
AS_AFTER_MIGRATIONS = """
DO $$
DECLARE name text;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  PERFORM set_config('session_replication_role', 'replica', true);
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', name);
  END LOOP;
  FOR name IN SELECT tablename FROM pg_tables
      WHERE schemaname = 'kept' AND tablename <> 'sequences_at' LOOP
    EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%I', name, name);
  END LOOP;
  PERFORM setval(format('public.%I', sequencename)::regclass,
    coalesce(last_value, 1), last_value IS NOT NULL) FROM kept.sequences_at;
END $$
"""
