"""The verbs with which admins keep widgets; each is recorded."""

import secrets
import string
from datetime import timedelta

from app.administration.archiving import bring_back, put_away
from app.administration.audit import CHANGED, CREATED, record
from app.administration.lookups import found, set_columns, taken
from app.administration.widgets.forms import WidgetForm
from app.administration.widgets.queries import open_chats, snapshot
from app.agents.tables import Agent
from app.database import unit_of_work
from app.languages import N_, counted
from app.moments import now
from app.problems import Invalid, Refused
from app.routing.tables import Queue
from app.tokens import new_token
from app.widget.tables import Widget

KIND = N_("widget")
LETTERS = string.ascii_letters + string.digits
KEY_LENGTH = 12
# As long as a signature is good for at most.
OLD_SECRET_WORKS = timedelta(hours=24)
TAKEN = N_("There is a widget of this name already, perhaps an archived one.")


async def create(form: WidgetForm, *, by: Agent) -> Widget:
    """A new widget, with a key that never changes."""
    async with unit_of_work():
        await _check_name(form)
        made = await Widget.insert(Widget(key=_new_key(), **form.columns)).returning(Widget.id)
        widget = await found(Widget, made[0]["id"])
        await record(by, CREATED, _thing(widget), after=await snapshot(widget))
    return widget


async def change(widget: Widget, form: WidgetForm, *, by: Agent) -> None:
    """Set everything of a widget but key and secret; chats that are open stay where they are."""
    async with unit_of_work():
        await _check_name(form, but=widget.id)
        before = await snapshot(widget)
        await set_columns(widget, form.columns)
        changed = await found(Widget, widget.id)
        await record(by, CHANGED, _thing(changed), before=before, after=await snapshot(changed))


async def new_secret(widget: Widget, *, by: Agent) -> str:
    """A new identity secret; the one before works on until the site's server has this one.

    Only the last one does: what it signed before is good for as long as it is itself.
    """
    secret = new_token()
    async with unit_of_work():
        old = (await found(Widget, widget.id)).identity_secret
        await set_columns(
            widget,
            {
                "identity_secret": secret,
                "old_secret": old,
                "old_secret_until": now() + OLD_SECRET_WORKS if old else None,
            },
        )
        words = N_("a new one was made") if old else N_("the first one was made")
        await record(by, CHANGED, _thing(widget), after={N_("Identity secret"): words})
    return secret


async def end_old_secret(widget: Widget, *, by: Agent) -> None:
    """The identity secret before this one is refused from now on."""
    async with unit_of_work():
        if not (await found(Widget, widget.id)).old_secret:
            return
        await set_columns(widget, {"old_secret": "", "old_secret_until": None})
        words = N_("the one before was ended")
        await record(by, CHANGED, _thing(widget), after={N_("Identity secret"): words})


async def archive(widget: Widget, *, by: Agent) -> None:
    """Take a widget out of use; refused while chats are open in it."""
    async with unit_of_work():
        count = await open_chats(widget.id)
        if count:
            raise Refused(
                counted(
                    "{count} chat is open in this widget. Take its snippet from the site, and "
                    "archive it when it has ended.",
                    "{count} chats are open in this widget. Take its snippet from the site, and "
                    "archive it when they have ended.",
                    count,
                )
            )
        await put_away(widget, _thing(widget), by=by)


async def restore(widget: Widget, *, by: Agent) -> None:
    """Bring a widget back, with its old key; its queue must be in use."""
    async with unit_of_work():
        queue = await found(Queue, widget.queue)
        if queue.archived_at is not None:
            raise Refused(
                N_("Its queue {queue} is archived. Bring the queue back first.", queue=queue.name)
            )
        await bring_back(widget, _thing(widget), by=by)


async def _check_name(form: WidgetForm, *, but: int = 0) -> None:
    known = {row["id"]: row["name"] for row in await Widget.select(Widget.id, Widget.name)}
    if taken(form.columns["name"], known, but):
        raise Invalid({"name": TAKEN})


def _new_key() -> str:
    """Letters and digits alone: the key stands in an address and in a cookie's name."""
    return "wk_" + "".join(secrets.choice(LETTERS) for _ in range(KEY_LENGTH))


def _thing(widget: Widget) -> tuple[str, int, str]:
    return KIND, widget.id, widget.name
