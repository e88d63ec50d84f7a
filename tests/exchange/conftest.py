"""An archive of the small county that the archive's own tests use."""

from tests.archive.conftest import archive, emptied, engine, fresh_url, settings

__all__ = ["archive", "emptied", "engine", "fresh_url", "settings"]
