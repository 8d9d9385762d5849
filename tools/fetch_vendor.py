"""Copies what pages use of npm's packages into static/vendor, each file checked against a lock."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from base64 import b64encode
from hashlib import sha384
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
LOCK = ROOT / "static" / "vendor.lock"

HEADER = """\
# Third-party files that browsers get: fetched by `make setup`, never committed.
# Written by `make lock`: name in static/vendor, package@version, path in the package, integrity
# (a folder's covers the names and bytes of its files)
"""


class Vendored(NamedTuple):
    name: str
    package: str
    path: str
    integrity: str

    @property
    def source(self) -> Path:
        return Path(self.package.rpartition("@")[0], self.path)


class VendorError(Exception):
    """A file is missing or is not the one that the lock names."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock", action="store_true", help="lock what node_modules holds")
    try:
        if parser.parse_args().lock:
            write_lock(PACKAGES)
        fetch(locked(), PACKAGES, VENDOR)
    except VendorError as error:
        print(f"fetch_vendor: {error}", file=sys.stderr)
        return 1
    return 0


def fetch(files: list[Vendored], packages: Path, vendor: Path) -> None:
    """Copy the files when every one of them is as locked; otherwise copy none."""
    for file in files:
        check(file, packages / file.source)
    shutil.rmtree(vendor, ignore_errors=True)
    for file in files:
        copy(packages / file.source, vendor / file.name)


def check(file: Vendored, path: Path) -> None:
    if not path.exists():
        raise VendorError(f"{path} is missing; `make setup` fetches it.")
    found = integrity(path)
    if found != file.integrity:
        raise VendorError(
            f"{path} is not the file that static/vendor.lock names for {file.package}:\n"
            f"  locked {file.integrity}\n  found  {found}\n"
            "Remove node_modules and run `make setup`; if the change was meant, run `make lock`."
        )


def integrity(path: Path) -> str:
    """The `sha384-…` of a file's bytes, or of a folder's sorted file names, sizes and bytes."""
    digest = sha384()
    if path.is_file():
        digest.update(path.read_bytes())
    for file in sorted(path.iterdir()) if path.is_dir() else ():
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)}\n".encode() + content)
    return "sha384-" + b64encode(digest.digest()).decode()


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def locked(lock: Path = LOCK) -> list[Vendored]:
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [Vendored(*line.split()) for line in lines if line and not line.startswith("#")]


def write_lock(packages: Path) -> None:
    """Give each locked name the version and integrity that its package has now."""
    files = [as_installed(file, packages) for file in locked()]
    widths = [max(map(len, column)) for column in zip(*files, strict=True)]
    rows = ("  ".join(map(str.ljust, file, widths)).rstrip() for file in files)
    LOCK.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def as_installed(file: Vendored, packages: Path) -> Vendored:
    name = file.package.rpartition("@")[0]
    manifest = packages / name / "package.json"
    if not manifest.exists():
        raise VendorError(f"{manifest} is missing; run `npm ci` first.")
    version = json.loads(manifest.read_text(encoding="utf-8"))["version"]
    return file._replace(package=f"{name}@{version}", integrity=integrity(packages / file.source))


if __name__ == "__main__":
    sys.exit(main())
