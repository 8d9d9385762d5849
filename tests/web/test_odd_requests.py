"""Every route there is, or will be, with odd words in every field and question: never a 500."""

import dataclasses
import itertools
from urllib.parse import quote

import pytest
from litestar.params import QueryParameter

from app.calls import service as calls
from app.interactions.log import CONTACT
from app.widget.tables import Widget
from tests.builders import a_session, a_wrap_up_code, an_agent, an_interaction
from tests.databases import ON_POSTGRES
from tests.people import browser

# PostgreSQL is the stricter one: no NUL in a text, no number beyond its column.
pytestmark = [ON_POSTGRES, pytest.mark.settings(calls=True)]

ODD = ["\x00", "1", "-1", "9" * 30, "", "x" * 3_000, "\u202e<b>{{7*7}}%zz';--", "2026-13-45T99:99"]
# What is there; other words in a path are as odd as those in a form.
KNOWN = {"key": "shop"}
# A stream does not end by itself.
STREAMS = {"/workspace/stream", "/widget/{key}/stream"}


def requests_of(app):
    """Method, path, path's parameters, fields of the form and questions of every handler."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods == {"OPTIONS"} or route.path_format in STREAMS:
                continue
            signature = handler.parsed_fn_signature.parameters
            questions = [
                name
                for name, one in signature.items()
                if isinstance(one.kwarg_definition, QueryParameter)
            ]
            fields = fields_of(signature.get("data"))
            for method in handler.http_methods:
                yield method, route.path_format, route.path_parameters, fields, questions


def fields_of(data):
    form = data.annotation if data else None
    return [one.name for one in dataclasses.fields(form)] if dataclasses.is_dataclass(form) else []


@pytest.fixture
async def amy(sales, shop, vic):
    """An admin where there is one of everything, with the id 1; she has Vic's chat and a call."""
    await a_wrap_up_code()
    await Widget.update({Widget.calls: True}).where(Widget.id == shop.id)
    amy = await an_agent("Amy", role="admin", queues=[sales])
    chat = await an_interaction(vic, agent=amy)
    await calls.ring(chat.id, by=CONTACT, page="page-of-vic")
    return amy


@pytest.mark.parametrize("turn", range(2))
async def test_no_odd_word_anywhere_is_an_error_of_ours(app, amy, turn):
    words = itertools.cycle(ODD[turn:] + ODD[:turn])
    asked = sorted(requests_of(app), key=lambda one: (one[1], one[0]))
    assert len(asked) > 120
    assert sum("/calls" in path for _, path, *_ in asked) == 16

    for method, path, in_path, fields, questions in asked:
        there = {
            name: KNOWN.get(name) or ("1" if one.type is int else quote(next(words), safe=""))
            for name, one in in_path.items()
        }
        # A session of its own, as the requests before may have ended it.
        for who in (
            browser(app, session=await a_session(amy)),
            browser(app, visitor="token-of-vic"),
        ):
            answer = await who.request(
                method,
                path.format(**there),
                params={name: next(words) for name in questions},
                data={name: next(words) for name in fields} or None,
            )
            assert answer.status_code < 500, (method, path, answer.text[:300])
