"""The end of a chat: ending it, how it was, and a transcript to keep."""

from functools import partial
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import QueryParameter, URLEncodedBody

from app.contacts.tables import Visitor
from app.interactions import copies, ratings
from app.interactions import service as interactions
from app.interactions.notices import VISITOR
from app.languages import N_
from app.mail import service as mail
from app.problems import Invalid, NotFound, Refused
from app.web.client import address
from app.web.errors import answer_invalid_with
from app.web.responses import html, page
from app.web.templates import render
from app.widget import queries
from app.widget.forms import RatingForm
from app.widget.messages import SLOW_DOWN
from app.widget.pages import head_and_body
from app.widget.tables import Widget

NOT_BY_MAIL = N_("A transcript can be sent once the chat has ended, to an address that you gave.")
MANY_MAILS = N_("Many transcripts were sent already.")


@post("/widget/{key:str}/ending", name="widget:ending", status_code=200)
async def ending(
    state: State, widget: NamedDependency[Widget], visitor: NamedDependency[Visitor]
) -> Response[str]:
    """The visitor ends the chat."""
    await interactions.leave(visitor)
    shown = await queries.conversation(visitor)
    view = await queries.widget_view(widget, visitor, state.promises)
    return html(head_and_body(view, shown, main_is_body=True))


@get("/widget/{key:str}/transcript", name="widget:transcript")
async def transcript(
    visitor: NamedDependency[Visitor],
    as_: Annotated[str, QueryParameter(name="format")] = "html",
) -> Response[str]:
    """The visitor's chat to keep, as a page that stands alone or as text."""
    interaction = await queries.current_interaction(visitor)
    if interaction is None:
        raise NotFound
    copy = await copies.transcript_copy(interaction, audience=VISITOR)
    if as_ == "text":
        return copies.kept(copy.file_name + ".txt", copies.as_text(copy), copies.TEXT_POLICY)
    text, policy = copies.as_html(copy)
    return copies.kept(copy.file_name + ".html", text, policy)


@post("/widget/{key:str}/transcript", name="widget:mail", status_code=200)
async def mail_transcript(
    request: Request[Any, Any, Any],
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor],
) -> Response[str]:
    """Send the transcript to the address that the visitor gave, and to no other."""
    interaction = await queries.current_interaction(visitor)
    if interaction is None or not state.settings.smtp_url:
        raise NotFound
    if not queries.outline(interaction).mailable or not await mail.has_answer(interaction):
        raise Refused(NOT_BY_MAIL)
    for limit, key in (
        (state.limits.mails_address, address(request)),
        (state.limits.mails, ("visitor", visitor.id)),
        (state.limits.mails, interaction.email.lower()),
    ):
        limit.spend(key, MANY_MAILS)
    await mail.send_transcript(interaction)
    return page("widget/_mail.html", widget=widget, mailed=True)


@post("/widget/{key:str}/rating", name="widget:rating", status_code=200)
async def rating(
    request: Request[Any, Any, Any],
    state: State,
    widget: NamedDependency[Widget],
    visitor: NamedDependency[Visitor],
    data: URLEncodedBody[RatingForm],
) -> Response[str]:
    """The visitor says how the chat was."""
    answer_invalid_with(request, partial(_rating_again, widget))
    score, comment = data.checked()
    interaction = await queries.current_interaction(visitor)
    if interaction is None or not widget.ask_rating:
        raise Refused(ratings.TOO_LATE)
    state.limits.ratings.spend(visitor.id, SLOW_DOWN)
    await ratings.rate(visitor, interaction.id, score=score, comment=comment)
    given = ratings.Rating(score, comment)
    return page("widget/_rating.html", widget=widget, rating=given)


def _rating_again(widget: Widget, problem: Invalid) -> str:
    score = problem.values["score"]
    shown = ratings.Rating(
        score=int(score) if score in {"1", "2", "3", "4", "5"} else 0,
        comment=problem.values["comment"],
        errors=problem.errors,
    )
    return render("widget/_rating.html", widget=widget, rating=shown)


routes = [ending, transcript, mail_transcript, rating]
