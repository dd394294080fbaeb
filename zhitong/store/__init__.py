"""The database: tables, engine, migrations, and repositories as plain functions."""
