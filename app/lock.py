"""The embedded shape is one process: a second one on the same folder refuses to start."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from app.settings import Settings, SettingsError

LOCK = "parley.lock"
TWO = (
    "Another Parley process uses the folder {}: stop it first, or set DATABASE_URL to PostgreSQL "
    "to run more than one."
)


@contextmanager
def only_process(settings: Settings) -> Iterator[None]:
    """Hold the folder's lock; on PostgreSQL any number of processes may run.

    The system drops the lock when the process ends, however it ends.
    """
    if settings.on_postgres:
        yield
        return
    settings.data.mkdir(parents=True, exist_ok=True)
    with (settings.data / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingsError(TWO.format(settings.data)) from error
        yield
