"""The files in deploy/ keep in step with settings, commands and each other."""

import re
from pathlib import Path

import pytest
import yaml

from app.cli import COMMANDS
from app.settings import Settings, env_name

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
FILES = sorted(DEPLOY.iterdir())
# Read by a command, not a setting of what serves.
OTHERS = {"PARLEY_ADMIN_PASSWORD"}


@pytest.fixture
def compose():
    return yaml.safe_load(read("compose.yaml"))


def read(name):
    return (DEPLOY / name).read_text()


def field(name):
    return Settings.model_fields[name].default


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path):
    known = {env_name(field) for field in Settings.model_fields} | OTHERS

    assert set(re.findall(r"PARLEY_[A-Z_]+", path.read_text())) <= known


def test_both_processes_are_set_up_the_same_and_as_many_need_it(compose):
    one, two = compose["services"]["app-a"], compose["services"]["app-b"]

    assert one == two
    assert one["environment"].keys() >= {"DATABASE_URL", "PARLEY_REDIS_URL", "PARLEY_BASE_URL"}
    caddy = compose["services"]["caddy"]["networks"]["inside"]["ipv4_address"]
    assert one["environment"]["PARLEY_TRUSTED_PROXIES"] == caddy


def test_what_a_service_needs_is_there_and_starts_again(compose):
    services = compose["services"]

    for service in services.values():
        assert service["restart"] == "unless-stopped"
        assert set(service.get("depends_on", ())) <= services.keys()
        named = [volume.partition(":")[0] for volume in service.get("volumes", ())]
        for volume in named:
            assert volume in compose["volumes"] or (DEPLOY / volume).exists()
    for name in ("postgres", "redis"):
        assert services[name]["healthcheck"]["test"]
        assert services["app-a"]["depends_on"][name] == {"condition": "service_healthy"}


def test_secrets_are_asked_for_and_not_written_down(compose):
    asked_for = {"POSTGRES_PASSWORD", "TURN_SECRET", "CHAT_HOST"}

    assert set(re.findall(r"\$\{(\w+):\?", read("compose.yaml"))) == asked_for
    assert not re.search(r"\$\{\w+(:-|\})", read("compose.yaml"))


def test_the_proxies_let_through_the_largest_file_and_no_stream_ends_between_two_beats(compose):
    services = compose["services"]
    [upstreams] = re.findall(r"reverse_proxy (.*) \{", read("Caddyfile"))
    sizes = re.findall(r"(?:max_size|client_max_body_size) (\d+)m", read_proxies(), re.IGNORECASE)
    patience = re.findall(r"read_timeout (\d+)s", read_proxies())

    assert {upstream.partition(":")[0] for upstream in upstreams.split()} <= services.keys()
    assert len(sizes) == len(patience) == 2
    assert all(int(size) > field("upload_mb") for size in sizes)
    assert all(int(seconds) >= 3 * field("heartbeat_seconds") for seconds in patience)
    for buffered in ("proxy_buffering", "proxy_request_buffering"):
        assert f"{buffered} off;" in read("nginx.conf")


def read_proxies():
    return read("Caddyfile") + read("nginx.conf")


def test_what_the_image_is_made_of_is_in_the_project():
    lines = [line.split() for line in read("Dockerfile").splitlines()]
    copied = [
        source
        for command, *rest in filter(None, lines)
        if command == "COPY" and not rest[0].startswith("--from")
        for source in rest[:-1]
    ]
    kept = {
        line.removeprefix("!")
        for line in read("Dockerfile.dockerignore").splitlines()
        if line.startswith("!")
    }

    assert set(copied) == kept
    assert all((ROOT / source).exists() for source in copied)
    assert "USER parley" in read("Dockerfile")
    assert "HEALTHCHECK" in read("Dockerfile")


@pytest.mark.parametrize("name", ["parley.service", "compose.yaml", "README.md"])
def test_every_command_that_is_named_exists(name):
    named = re.findall(r"\bparley ([a-z][a-z-]+)", read(name))

    assert named
    assert set(named) <= set(COMMANDS)


def test_the_unit_ends_as_the_process_does():
    unit = read("parley.service")

    assert "ExecStart=/opt/parley/.venv/bin/parley serve\n" in unit
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > 5
    assert "NoNewPrivileges=yes" in unit
