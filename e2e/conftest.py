"""What every story has: servers on free ports, a browser, a cast, and a look at what was said."""

import re
import shutil
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import sync_playwright

from e2e.people import BOB, NOTICE, PASSWORD, Agent, Visitor
from e2e.servers import Line, Parley, Shop, copy_of

OUTPUT = Path(__file__).parent / "output"
ARGUMENTS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-pings",
]

# Everybody signs in, in every story: a real hash is made to take a third of a second.
QUICKLY_CHECKED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

# Drawing what moves takes a tenth of a story's time, without a graphics card.
USUAL = {"locale": "en-GB", "reduced_motion": "reduce"}


def pytest_configure(config):
    config.addinivalue_line("markers", "settings(**values): how this story's Parley is set")
    config.addinivalue_line(
        "markers", "console_may_say(*patterns): errors that belong to the story"
    )
    config.addinivalue_line("markers", "whole_browser: the story needs tabs that hide")
    config.addinivalue_line("markers", "server_may_say(*patterns): log lines of the story")


def pytest_sessionstart(session):
    if not hasattr(session.config, "workerinput"):  # once, before the workers start
        shutil.rmtree(OUTPUT, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.failed = getattr(item, "failed", False) or report.failed
    return report


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium():
    """The whole browser: with tabs that hide, settings of a person, and a microphone."""
    return _installed("chromium")


@pytest.fixture(scope="session")
def browser(playwright):
    """The same engine without the windows around it: a context costs a third."""
    shell = _installed("chromium-headless-shell")
    launched = playwright.chromium.launch(executable_path=shell, args=ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def whole_browser(playwright, chromium):
    launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield launched
    launched.close()


def _installed(program):
    found = shutil.which(program)
    assert found, f"{program} is missing; tools/install_test_services installs it"
    return found


@pytest.fixture(scope="session")
def filled_data(tmp_path_factory):
    """A folder that a first start has migrated and filled with the demo's people."""
    folder = tmp_path_factory.mktemp("filled")
    first = Parley(folder / "data", folder / "log")
    first.start()
    first.stop()
    first.change("UPDATE agents SET password_hash = ?", QUICKLY_CHECKED.hash(PASSWORD))
    return first.data


@pytest.fixture(scope="session")
def launched(filled_data, tmp_path_factory):
    """Launch a server on a copy of the data; the one for the next story is launched meanwhile."""

    def launch(**settings):
        folder = tmp_path_factory.mktemp("parley")
        server = Parley(copy_of(filled_data, folder / "data"), folder / "log", **settings)
        server.launch()
        return server

    spare = launch()

    def take(**settings):
        nonlocal spare
        if settings:
            return launch(**settings)
        taken, spare = spare, launch()
        return taken

    yield take
    spare.kill()


@pytest.fixture
def parley(request, launched):
    """A server of the story's own, on its own data."""
    marker = request.node.get_closest_marker("settings")
    server = launched(**(marker.kwargs if marker else {}))
    server.is_ready()
    yield server
    server.resume()
    server.kill()
    if getattr(request.node, "failed", False):
        shutil.copy(server.log, _output(request) / "server.log")
    unexpected = _without(server.complaints(), request.node, "server_may_say")
    assert not unexpected, f"The server's log: {unexpected}"


@pytest.fixture
def line(parley):
    """A line to the server that the story may cut."""
    made = Line(parley.port)
    yield made
    made.close()


@pytest.fixture
def shops(parley):
    """Make shops that embed the chat from another site."""
    made = []

    def open_shop(**details):
        made.append(Shop(f"http://chat.localhost:{parley.port}", **details))
        return made[-1]

    yield open_shop
    for shop in made:
        shop.close()


class Cast:
    """Makes people, each with a browser context of their own, and listens to their consoles."""

    def __init__(self, browser, parley):
        self._browser = browser
        self._parley = parley
        self.contexts = []
        self.said = []

    def context(self, *, clock=False, **options):
        """A browser of its own; with `clock` the story can let time pass in it."""
        made = self.watch(self._browser.new_context(**{**USUAL, **options}))
        if clock:
            made.clock.install()
        return made

    def watch(self, context):
        """Know every page that opens here, and what its console says."""
        context.add_init_script(NOTICE)
        context.on("console", self._console)
        context.on(
            "weberror",
            lambda failure: self.said.append(f"uncaught: {failure.error.stack or failure.error}"),
        )
        context.on("dialog", self._dialog)
        self.contexts.append(context)
        return context

    def close(self):
        for context in self.contexts:
            context.close()
        self.contexts.clear()

    def visitor(self, *, at=None, **options):
        """Somebody on the demo shop's page, or on another."""
        return Visitor(self.context(**options), at or f"{self._parley.url}/demo")

    def agent(self, email=BOB, *, through=None, **options):
        """Somebody of the team, signed in, perhaps through a line."""
        return self.of(self.context(**options), email, through=through)

    def of(self, context, email, *, through=None):
        """Somebody of the team in this browser, signed in."""
        return Agent(context, (through or self._parley).url, email).is_signed_in()

    def _console(self, message):
        if message.type in {"error", "warning"}:
            self.said.append(f"{message.type}: {message.text}")

    def _uncaught(self, failure):
        self.said.append(f"uncaught: {failure.error.stack or failure.error}")

    def _dialog(self, dialog):
        if dialog.type == "beforeunload":
            dialog.accept()
        else:
            self.said.append(f"dialog: {dialog.message}")
            dialog.dismiss()


@pytest.fixture
def people(request, browser, parley, line, shops):
    """The cast; it leaves before the line and the shops close."""
    whole = request.node.get_closest_marker("whole_browser")
    cast = Cast(request.getfixturevalue("whole_browser") if whole else browser, parley)
    yield cast
    pages = [page for context in cast.contexts for page in context.pages]
    if getattr(request.node, "failed", False):
        _keep_pictures(pages, _output(request))
    cast.close()
    unexpected = _without(cast.said, request.node, "console_may_say")
    assert not unexpected, f"The consoles: {unexpected}"


def _without(said, node, marker):
    allowed = [one for found in node.iter_markers(marker) for one in found.args]
    return [text for text in said if not any(re.search(one, text) for one in allowed)]


def _output(request):
    folder = OUTPUT / re.sub(r"\W+", "_", request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep_pictures(pages, folder):
    for number, page in enumerate(pages, 1):
        if not page.is_closed():
            page.screenshot(path=folder / f"page-{number}.png", timeout=5000)
