"""An archive of the small county that the archive's own tests use."""

from tests.archive.conftest import archive, engine, fresh_url, postgres_migrated, settings, sqlite_template

__all__ = ["archive", "engine", "fresh_url", "postgres_migrated", "settings", "sqlite_template"]
