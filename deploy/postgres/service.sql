-- One service's role and schema, made or brought up to date: the role owns its schema and sees no
-- other. Run by a superuser in Bellwether's database, with
--
--   psql -v service=accounts -v password_file=FILE -f service.sql bellwether
\set ON_ERROR_STOP on
\set QUIET on
\set password `cat :password_file`
BEGIN;
-- Two that set up the same database at once take turns.
SELECT pg_advisory_xact_lock(hashtextextended('bellwether roles', 0)) \g /dev/null
SELECT format('CREATE ROLE %I LOGIN', :'service')
WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :'service') \gexec
ALTER ROLE :"service" LOGIN PASSWORD :'password';
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'service') \gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS :"service" AUTHORIZATION :"service";
COMMIT;
