"""A small disk that can be made full, and have room again."""

import ctypes
import os
import resource
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

CHUNK = 64 * 1024


class Disk:
    """A file system of its own: what is written when it is full fails with ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, _: Iterable[int] = ()) -> None:
        """Take all room that is left."""
        with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while ballast.write(bytes(CHUNK)):
                pass

    def free(self, _: Iterable[int] = ()) -> None:
        """Give it back."""
        self._ballast.unlink(missing_ok=True)


class Limit:
    """In place of a disk of its own where nobody may mount one: no file of processes may grow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, processes: Iterable[int]) -> None:
        """From now on what they write fails with EFBIG."""
        self._limit(processes, 0)

    def free(self, processes: Iterable[int]) -> None:
        """Let their files grow again."""
        self._limit(processes, resource.RLIM_INFINITY)

    def _limit(self, processes: Iterable[int], most: int) -> None:
        for process in processes:
            with suppress(ProcessLookupError):
                resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@contextmanager
def small_disk(megabytes: int) -> Iterator[Disk | Limit]:
    """A folder on a disk of this size, or one for whose users it can be as if it were full."""
    with TemporaryDirectory(prefix="parley-disk-") as folder:
        if not mounted(folder, megabytes):
            yield Limit(Path(folder))
            return
        try:
            yield Disk(Path(folder))
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def mounted(folder: str, megabytes: int) -> bool:
    """Whether a disk of this size could be mounted here: root may, where nobody forbids it."""
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"size={megabytes}m,mode=0777".encode()
    return not libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options)
