"""The route table: who may reach what; asked of every route there is, also of those to come."""

import itertools
import re

import pytest

from app.accounts.access import requires_agent
from app.calls import service as calls
from app.interactions.log import CONTACT
from app.routing.tables import Offer
from app.widget.access import provide_visitor
from tests.builders import a_visitor, an_interaction
from tests.databases import ON_SQLITE
from tests.people import browser

# Whoever is not signed in may ask for these, and for nothing else. Add a line only with a reason.
PUBLIC = {
    ("GET", "/"),  # leads to work
    ("GET", "/static/{path:path}"),  # styles and scripts
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/health/delivery"),  # whether messages arrive, and how quickly
    ("GET", "/metrics"),  # asks for its own token, or to be asked from this machine
    ("GET", "/invitation/{token:str}"),  # whoever has the link chooses a password
    ("POST", "/invitation/{token:str}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/widget.js"),  # the loader
    ("GET", "/widget/{key:str}"),  # the page before the first message
    ("GET", "/widget/{key:str}/brand.css"),
    ("GET", "/widget/{key:str}/new"),
    ("GET", "/widget/{key:str}/hours"),  # whether the team is there, as on that page
    ("POST", "/widget/{key:str}/messages"),  # the first message makes the visitor
    ("GET", "/pictures/{digest:str}"),  # agents, as visitors see them; by a hash nobody guesses
    ("PUT", "/widget/{key:str}/identity"),  # a signature says who it is
    ("DELETE", "/widget/{key:str}/identity"),  # forgets only who asks
    ("GET", "/demo"),  # with demo data only
}
UNKNOWN = 2_000_000_000
ODD_TOKENS = [
    "", "null", "undefined", "true", "[]", "0", "None", "%00", " ", "x" * 4000, "\xff", "' OR 1=1",
    "token-of-nobody",
]  # fmt: skip
ODD_NUMBERS = [0, -1, 2**31, 2**63, 10**40]


def table(app):
    """Method, path and handler of every route."""
    return sorted(
        (
            (method, route.path, handler)
            for route in app.routes
            for method, (handler, _) in route.route_handler_map.items()
            if method != "OPTIONS"
        ),
        key=lambda row: row[:2],
    )


def filled(path, number=1, **values):
    """The path with the shop's key and these ids; any other id is this number."""
    ids = {"key": "shop", "path": "workspace-1.css", **values}
    return re.sub(r"\{(\w+):\w+\}", lambda found: str(ids.get(found.group(1), number)), path)


def of_a_role(app):
    """The routes that not every agent may use: they are refused before anything is looked up."""
    return {(method, path) for method, path, one in table(app) if len(one.resolve_guards()) > 1}


def guarded(app):
    return [(method, path) for method, path, _ in table(app) if (method, path) not in PUBLIC]


@ON_SQLITE
async def test_every_route_has_a_guard_or_is_public_on_purpose(app):
    # A1
    for method, path, handler in table(app):
        provided = handler.resolve_dependencies().get("visitor")
        for_visitors = provided is not None and provided.dependency is provide_visitor
        for_agents = requires_agent in handler.resolve_guards()

        assert (for_visitors or for_agents) != ((method, path) in PUBLIC), f"{method} {path}"


@ON_SQLITE
async def test_who_is_not_signed_in_gets_nothing_of_a_guarded_route(app, as_nobody, shop):
    # A1: as the table says, and as a request finds it
    for method, path in guarded(app):
        answer = await as_nobody.request(method, filled(path, interaction_id=1, offer_id=1))

        assert answer.status_code == 401, f"{method} {path}"


@ON_SQLITE
async def test_an_odd_token_is_nobodys(app, as_bob, vic):
    # A3, V1: each of them at some of the routes, each route asked with some of them; there is a
    # session and a visitor that a careless look would find
    tokens = itertools.cycle(ODD_TOKENS)
    for method, path in guarded(app):
        for name in (b"parley-session=%s", b"__Host-parley-shop=%s"):
            token = next(tokens)
            somebody = browser(app, headers={"Cookie": name % token.encode("latin-1")})
            answer = await somebody.request(method, filled(path, interaction_id=1, offer_id=1))
            assert answer.status_code == 401, f"{method} {path} {token}"


@ON_SQLITE
async def test_a_visitors_token_opens_no_agents_route_and_the_other_way_round(
    app, as_vic, as_bob, vic
):
    for method, path in guarded(app):
        somebody = as_bob if path.startswith("/widget/") else as_vic
        answer = await somebody.request(method, filled(path, interaction_id=1, offer_id=1))

        assert answer.status_code == 401, f"{method} {path}"


@pytest.mark.settings(calls=True)
async def test_a_foreign_id_gets_the_same_answer_as_an_unknown_one(
    app, as_eve, as_mallory, shop, vic, bob
):
    # A2
    mine = await an_interaction(vic, state="active", agent=bob)
    call = await calls.ring(mine.id, by=CONTACT, page="page-of-vic")
    another = await a_visitor(shop, token="token-of-another")
    offered = await an_interaction(another, state="offered", agent=bob)
    made = await Offer.objects().get(Offer.interaction == offered.id)
    ids = {"interaction_id": mine.id, "offer_id": made.id, "call_id": call.id}
    none = {"number": UNKNOWN}
    form = {"body": "Hello", "nonce": "nonce-of-eve", "wrap_up_code": "1", "seq": "1"}
    form |= {"page": "page-of-vic", "kind": "candidate", "round": "1", "held": "true"}

    # Of visitors' routes those of calls; tests/attachments ask the same of attachments.
    asked = [row for row in guarded(app) if "_id:" in row[1] and "attachment_id" not in row[1]]
    assert len(asked) >= 21
    for method, path in asked:
        data = None if method == "GET" else form
        somebody = as_mallory if path.startswith("/widget/") else as_eve
        foreign = await somebody.request(method, filled(path, **ids), data=data)
        unknown = await somebody.request(method, filled(path, **none), data=data)

        refused = 403 if (method, path) in of_a_role(app) else 404
        assert foreign.status_code == unknown.status_code == refused, f"{method} {path}"
        assert foreign.text == unknown.text
        assert alike(foreign) == alike(unknown)


async def test_an_interaction_is_not_bobs_before_he_accepts_it(as_bob, bob, vic):
    # A2: an offer shows the first words, not the chat
    offered = await an_interaction(vic, state="offered", agent=bob)

    answer = await as_bob.get(f"/workspace/webchat/{offered.id}")

    assert answer.status_code == 404


async def test_a_supervisor_sees_every_interaction(as_ada, bob, vic):
    interaction = await an_interaction(vic, state="active", agent=bob, words=["Hello Bob"])

    page = await as_ada.get(f"/workspace/webchat/{interaction.id}")

    assert page.status_code == 200
    assert "Hello Bob" in page.text


async def test_a_supervisor_only_looks_on(as_ada, bob, vic):
    interaction = await an_interaction(vic, state="active", agent=bob)

    answer = await as_ada.post(
        f"/workspace/interactions/{interaction.id}/messages",
        data={"body": "Hello", "nonce": "nonce-of-ada"},
    )

    assert answer.status_code == 409
    assert "Another agent has this interaction" in answer.text


@pytest.mark.parametrize("number", ODD_NUMBERS)
async def test_an_odd_number_is_no_error_of_ours(app, as_ada, as_vic, shop, number):
    for method, path in guarded(app):
        somebody = as_vic if path.startswith("/widget/") else as_ada
        if "_id:" not in path:
            continue
        answer = await somebody.request(method, filled(path, number), data={"seq": number})
        # 415: a number that is long enough is an upload's id, here of a file of no type.
        assert answer.status_code in {403, 404, 415}, f"{method} {path}"


@pytest.mark.settings(calls=True)
async def test_an_odd_number_in_a_question_is_no_error_of_ours(as_bob, as_vic, bob, vic):
    interaction = await an_interaction(vic, state="active", agent=bob)
    call = await calls.ring(interaction.id, by=CONTACT, page="page-of-vic")
    chat = f"/workspace/interactions/{interaction.id}"

    for number in (*ODD_NUMBERS, "", "abc", "1e3", "٣", "1,2", "%00", "null"):
        answers = [
            await as_bob.get(f"{chat}/entries?after={number}"),
            await as_bob.get(f"{chat}/entries?before={number}"),
            await as_vic.get(f"/widget/shop/entries?after={number}"),
            await as_vic.get(f"/widget/shop/calls/{call.id}/signals?after={number}"),
            await as_bob.get(f"/workspace/calls/{call.id}/signals?after={number}"),
            await as_bob.put(f"{chat}/read", data={"seq": number}),
            await as_vic.put("/widget/shop/read", data={"seq": number}),
        ]
        assert {answer.status_code for answer in answers} <= {200, 204, 400, 422}, number


@ON_SQLITE
async def test_the_demo_is_there_with_demo_data_only(app, as_nobody):
    assert (await as_nobody.get("/demo")).status_code == 404


def alike(answer):
    """The headers, but for those that no two answers have in common."""
    differing = {"date", "x-request-id"}
    return {name: value for name, value in answer.headers.items() if name not in differing}
