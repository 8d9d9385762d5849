import json
import re
from pathlib import Path

import pytest

from tools.fetch_vendor import PACKAGES, ROOT, VENDOR, VendorError, check, fetch, integrity, locked

LITERAL_ICON = re.compile(r"""\bicon\(\s*["']([\w-]+)["']""")


@pytest.fixture
def packages(tmp_path):
    """A node_modules of one package with one script."""
    script = tmp_path / "node_modules" / "chatter" / "dist" / "chatter.min.js"
    script.parent.mkdir(parents=True)
    script.write_bytes(b"let chatter = 1;\n")
    return tmp_path / "node_modules"


@pytest.fixture
def chatter(packages):
    [pattern] = [file for file in locked() if file.name == "htmx.min.js"]
    return pattern._replace(
        name="chatter.min.js",
        package="chatter@1.0.0",
        path="dist/chatter.min.js",
        integrity=integrity(packages / "chatter/dist/chatter.min.js"),
    )


@pytest.mark.parametrize("file", locked(), ids=lambda file: file.name)
def test_each_fetched_file_is_the_one_the_lock_names(file):
    check(file, VENDOR / file.name)


def test_an_untouched_script_is_fetched(chatter, packages, tmp_path):
    fetch([chatter], packages, tmp_path / "vendor")

    assert (tmp_path / "vendor" / "chatter.min.js").read_bytes() == b"let chatter = 1;\n"


def test_a_changed_byte_is_refused(chatter, packages, tmp_path):
    (packages / chatter.source).write_bytes(b"let chatter = 2;\n")

    with pytest.raises(VendorError, match="is not the file that"):
        fetch([chatter], packages, tmp_path / "vendor")

    assert not (tmp_path / "vendor").exists()


def test_a_changed_icon_changes_the_folders_integrity(tmp_path):
    (tmp_path / "send.svg").write_text("<svg/>")
    before = integrity(tmp_path)

    (tmp_path / "send.svg").write_text("<svg />")

    assert integrity(tmp_path) != before


def test_a_missing_script_is_named(chatter, packages, tmp_path):
    (packages / chatter.source).unlink()

    with pytest.raises(VendorError, match=r"chatter\.min\.js is missing; `make setup` fetches it"):
        fetch([chatter], packages, tmp_path / "vendor")


def test_the_lock_names_the_versions_that_npm_installs():
    installed = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    for file in locked():
        name, _, version = file.package.rpartition("@")
        assert installed[f"{PACKAGES.name}/{name}"]["version"] == version


def test_every_icon_that_a_template_names_exists():
    used = {name for source in sources() for name in LITERAL_ICON.findall(source.read_text())}

    unknown = {name for name in used if not (VENDOR / "icons" / f"{name}.svg").exists()}

    assert not unknown


def sources() -> list[Path]:
    return [*(ROOT / "templates").rglob("*.html"), *(ROOT / "app").rglob("*.py")]
