"""Amy administers; what she enters is the whole form, but for what a test changes."""

import json

import pytest

from app.administration.tables import AuditEntry
from tests.builders import a_session, an_agent
from tests.people import browser

SETTINGS = "/workspace/settings"


@pytest.fixture
async def amy(db):
    return await an_agent("Amy", role="admin")


@pytest.fixture
async def as_amy(app, amy):
    return browser(app, session=await a_session(amy))


@pytest.fixture
def audit(db):
    """The newest record of a change: action, kind, name, before, after."""

    async def newest():
        entry = await AuditEntry.objects().order_by(AuditEntry.id, ascending=False).first()
        before, after = json.loads(entry.before), json.loads(entry.after)
        return entry.action, entry.kind, entry.name, before, after

    return newest


def a_queue_form(**others):
    return {
        "name": "Orders",
        "priority": "5",
        "mode": "assigned",
        "offer_seconds": "30",
        "capacity": "3",
        "first_response_target": "1:00",
        "reply_target": "2:00",
        "resolution_target": "1:00:00",
        "time_zone": "Europe/Berlin",
        **others,
    }


def a_widget_form(queue, /, **others):
    return {
        "name": "Lamp shop",
        "queue": str(queue.id),
        "colour": "#206345",
        "side": "end",
        "greeting": "How can we help?",
        "intro": "",
        "answer_hint": "",
        "closed_text": "",
        "ask_name": "optional",
        "ask_email": "required",
        "ask_phone": "no",
        "ask_rating": "yes",
        "keep_days": "",
        "removal": "delete",
        "privacy_url": "https://shop.example/privacy",
        "allowed_sites": "https://shop.example\nhttps://*.shop.example:*",
        **others,
    }


def an_agent_form(**others):
    return {"name": "Nina", "email": "nina@parley.test", "role": "agent", "capacity": "", **others}
