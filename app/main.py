"""create_app(settings): the only place where things are wired together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide

from app import database, health
from app.accounts import handlers as account_pages
from app.accounts.access import provide_agent, requires_agent
from app.accounts.events import SessionEnded, SignedIn
from app.administration import handlers as settings_pages
from app.administration.responses.handlers import own_router as own_responses
from app.agents import handlers as agent_pages
from app.agents import pictures
from app.agents.events import AvailabilityChanged
from app.attachments import handlers as attachment_pages
from app.attachments import service as attachments
from app.attachments.kinds import ACCEPT
from app.attachments.receiving import Turns
from app.attachments.storage import storage_for
from app.background import every, running
from app.calls import broadcasts as call_side
from app.calls import service as calls
from app.calls.access import let_agents_speak
from app.calls.events import CallChanged, CallEnded, CallRang, CallSignalled
from app.calls.handlers import invite
from app.calls.handlers import of_agents as calls_of_agents
from app.contacts import handlers as contact_pages
from app.contacts.access import provide_contact
from app.contacts.events import VisitorRenewed, VisitorReplaced
from app.database import Listener
from app.floor import broadcasts as floor_side
from app.floor import handlers as floor_pages
from app.interactions import breaches
from app.interactions import handlers as interaction_pages
from app.interactions.access import provide_interaction, provide_readable
from app.interactions.events import (
    EntryWritten,
    InteractionBreached,
    InteractionChanged,
    InteractionClosed,
    InteractionQueued,
    InteractionRead,
    InteractionRenamed,
)
from app.interactions.recent import RecentEntries
from app.interactions.service import archive_by_default
from app.lock import only_process
from app.logs import set_up_logs, take_over
from app.mail.service import send_due
from app.mail.smtp import MailServer
from app.metrics import listeners as counting
from app.metrics.handlers import Waiting, metrics
from app.neighbours import Neighbours
from app.realtime.announcer import Announcer
from app.realtime.bus import Bus, MemoryBus
from app.realtime.hub import Hub
from app.realtime.open_streams import OpenStreams
from app.realtime.presence import Presence
from app.reports import handlers as reports
from app.responses import handlers as response_pages
from app.retention import handlers as retention_pages
from app.retention.sweep import remove_old
from app.routing import handlers as offer_pages
from app.routing.access import provide_offer
from app.routing.desk import SWEEP_SECONDS, Desk
from app.routing.events import InteractionTakenOver, OfferEnded, OfferGone, OfferMade
from app.routing.promises import Promises
from app.routing.service import Rules
from app.settings import Settings, load_settings
from app.web import assets
from app.web.errors import EXCEPTION_HANDLERS
from app.web.language import speak_their_language
from app.web.rate_limits import RateLimit
from app.web.requests import recorded
from app.web.security import add_headers, refuse_foreign_writes
from app.web.shared_limits import SharedLimits
from app.web.templates import compile_all, environment
from app.widget import broadcasts as visitor_side
from app.widget import handlers as widget_pages
from app.widget.line import WaitingLine
from app.workspace import broadcasts as agent_side
from app.workspace import handlers as workspace_pages
from app.workspace.presence import VisitorPresence

if TYPE_CHECKING:
    from app.canary.canary import Canary

LARGEST_FORM = 256 * 1024
# Objects, and rounds of the younger ones. With Python's own numbers the collector walks through
# everything a dozen times while 5,000 streams open, a second each time, in which nobody is served.
COLLECTS_AFTER = 10_000, 20, 10
HOUR, FIVE_MINUTES, MINUTE = 3600, 300, 60


@dataclass(frozen=True)
class Limits:
    """How often what may happen; each number is a setting."""

    sign_in: RateLimit
    sign_in_address: RateLimit
    visitors: RateLimit
    presence: RateLimit
    mails: RateLimit
    mails_address: RateLimit
    messages: RateLimit
    ratings: RateLimit
    typing: RateLimit
    calls: RateLimit
    pages: RateLimit
    messages_address: RateLimit
    uploads: RateLimit
    uploads_address: RateLimit


def create_app(settings: Settings) -> Litestar:
    """The application for these settings, with nothing running until it is started."""
    app = routed(demo=settings.demo)
    wire(app, settings)
    return app


def routed(*, demo: bool) -> Litestar:
    """The application's routes, which need no settings; tests use them for one after another."""
    app = Litestar(
        route_handlers=[
            assets.static_file,
            health.router,
            metrics,
            account_pages.router,
            pictures.picture,
            _for_agents(),
            widget_pages.router,
            attachment_pages.router,
            *(_demo() if demo else ()),
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[speak_their_language, refuse_foreign_writes],
        before_send=[let_agents_speak, add_headers, attachment_pages.close_unread],
        lifespan=[_lifespan],
        request_max_body_size=LARGEST_FORM,
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = recorded(app.asgi_handler)
    return app


def wire(app: Litestar, settings: Settings) -> None:
    """Give the routes what they work with under these settings: state, listeners and jobs."""
    set_up_logs(settings.log_level)
    database.bind(database.engine_for(settings))
    presence = Presence(settings.presence_seconds)
    bus = _bus(settings)
    hub = Hub(bus)
    rules = _rules(settings)
    desk = Desk(presence, rules)
    recent = RecentEntries()
    to_agents = agent_side.Broadcasts(hub, presence, recent)
    mail_server = MailServer.of(settings)
    promises = Promises(presence, mails=mail_server is not None)
    to_visitors = visitor_side.Broadcasts(hub, promises, recent)
    line = WaitingLine(hub)
    to_floor = floor_side.Broadcasts(hub, presence)
    watch = VisitorPresence(hub, presence)
    announcer = Announcer(hub, presence)
    to_callers = call_side.Broadcasts(hub)
    hub.after_loss(presence.begin_anew)
    storage = storage_for(settings)
    environment().globals.update(
        accepted_files=ACCEPT, largest_file=settings.upload_mb, has_calls=settings.calls
    )
    _connect(desk, recent, to_agents, to_visitors, to_callers, line, promises)
    for fact in floor_side.FACTS:
        database.listen(fact, to_floor.changed)
    streams = OpenStreams(hub, presence, settings)
    jobs = [
        bus.run,
        hub.run,
        every(streams.pause, streams.look_after),
        every(0, desk.work),
        every(SWEEP_SECONDS, hub.while_deaf),
        every(SWEEP_SECONDS, desk.sweep),
        every(SWEEP_SECONDS, announcer.announce),
        every(SWEEP_SECONDS, watch.tell_changes),
        every(SWEEP_SECONDS, to_floor.show),
        every(SWEEP_SECONDS, line.tell_changes),
        every(SWEEP_SECONDS, archive_by_default),
        every(SWEEP_SECONDS, breaches.sweep),
        every(SWEEP_SECONDS, calls.sweep),
        every(MINUTE, partial(attachments.remove_unsent, storage, settings.upload_keep_minutes)),
        every(MINUTE, partial(remove_old, storage)),
        every(HOUR, partial(attachments.remove_lost, storage, settings)),
    ]
    limits = _limits(settings)
    if settings.redis_url:
        jobs.append(every(0, SharedLimits(hub, _for_all(limits)).tell))
    neighbours = None
    if settings.on_postgres:
        neighbours = Neighbours(settings.database_url, has_bus=bool(settings.redis_url))
        jobs.append(neighbours.watch)
    canary = _canary(settings)
    if canary:
        jobs.append(every(MINUTE, canary.fly))
    if mail_server:
        send = partial(send_due, mail_server, settings.base_url)
        jobs.append(every(SWEEP_SECONDS, send))
    app.state = State(
        {
            "settings": settings,
            "presence": presence,
            "announcer": announcer,
            "rules": rules,
            "promises": promises,
            "line": line,
            "hub": hub,
            "bus": bus,
            "recent": recent,
            "storage": storage,
            "waiting": Waiting(),
            "checks": health.checks(hub, storage, neighbours),
            "canary": canary,
            "neighbours": neighbours,
            "uploads": Turns(attachments.AT_ONCE),
            "uploads_address": Turns(attachments.AT_ONCE_ADDRESS),
            "limits": limits,
            "streams": streams,
            "agent_broadcasts": to_agents,
            "visitor_broadcasts": to_visitors,
            "wake_routing": desk.look,
            "jobs": jobs,
        }
    )


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    with only_process(app.state.settings):
        try:
            async with running(app.state.jobs):
                yield
        finally:
            await database.engine().close()


def _for_agents() -> Router:
    """Everything of the workspace: for signed-in agents only, each thing found through them."""
    return Router(
        path="/",
        guards=[requires_agent],
        dependencies={
            "agent": Provide(provide_agent, sync_to_thread=False),
            "interaction": Provide(provide_interaction),
            "readable": Provide(provide_readable),
            "contact": Provide(provide_contact),
            "offer": Provide(provide_offer),
        },
        route_handlers=[
            *workspace_pages.routes,
            *agent_pages.routes,
            *offer_pages.routes,
            *floor_pages.routes,
            *reports.routes,
            *interaction_pages.routes,
            *contact_pages.routes,
            *retention_pages.routes,
            *response_pages.routes,
            own_responses,
            *attachment_pages.routes,
            invite,
            calls_of_agents,
            settings_pages.router,
        ],
    )


def _connect(
    desk: Desk,
    recent: RecentEntries,
    to_agents: agent_side.Broadcasts,
    to_visitors: visitor_side.Broadcasts,
    to_callers: call_side.Broadcasts,
    line: WaitingLine,
    promises: Promises,
) -> None:
    """Who hears which fact."""
    database.forget_listeners()
    wiring: dict[type, tuple[Listener, ...]] = {
        EntryWritten: (counting.entry_written, to_agents.entry_written, to_visitors.entry_written),
        InteractionChanged: (
            recent.changed,
            to_agents.interaction_changed,
            to_visitors.interaction_changed,
            line.changed,
            calls.end_without_chat,
        ),
        InteractionBreached: (to_agents.interaction_breached,),
        InteractionRenamed: (to_agents.interaction_renamed,),
        InteractionRead: (to_agents.interaction_read, to_visitors.interaction_read),
        InteractionQueued: (desk.look, line.changed),
        InteractionClosed: (desk.closed, line.changed),
        OfferMade: (to_agents.offer_made,),
        OfferGone: (to_agents.offer_gone,),
        OfferEnded: (counting.offer_ended, to_agents.offer_ended, desk.look),
        AvailabilityChanged: (to_agents.availability_changed, desk.look, promises.forget),
        InteractionTakenOver: (to_agents.taken_over, desk.look),
        CallChanged: (to_callers.changed, desk.look),
        CallEnded: (counting.call_ended,),
        CallRang: (to_callers.rang,),
        CallSignalled: (to_callers.signalled,),
        SignedIn: (desk.look, promises.forget),
        SessionEnded: (to_agents.session_ended, promises.forget),
        VisitorRenewed: (to_visitors.visitor_renewed,),
        VisitorReplaced: (to_visitors.visitor_replaced,),
    }
    for kind, listeners in wiring.items():
        for listener in listeners:
            database.listen(kind, listener)


def _bus(settings: Settings) -> Bus:
    if not settings.redis_url:
        return MemoryBus()
    from app.realtime.redis_bus import RedisBus  # noqa: PLC0415 - one process starts without it

    return RedisBus(settings.redis_url)


def _canary(settings: Settings) -> "Canary | None":
    if not settings.canary:
        return None
    from app.canary.canary import Canary  # noqa: PLC0415 - its client takes memory

    return Canary(settings)


def _rules(settings: Settings) -> Rules:
    return Rules(
        again_after=settings.offer_again_seconds,
        unseen_after=settings.unseen_offer_seconds,
        misses=settings.misses,
        gone_after=settings.agent_gone_seconds,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        sign_in=RateLimit(settings.limit_sign_in, FIVE_MINUTES),
        sign_in_address=RateLimit(settings.limit_sign_in_address, FIVE_MINUTES),
        visitors=RateLimit(settings.limit_visitors, MINUTE),
        presence=RateLimit(settings.limit_presence, MINUTE),
        mails=RateLimit(settings.limit_mails, HOUR),
        mails_address=RateLimit(settings.limit_mails_address, HOUR),
        messages=RateLimit(settings.limit_messages, MINUTE),
        ratings=RateLimit(settings.limit_ratings, HOUR),
        typing=RateLimit(settings.limit_typing, MINUTE),
        calls=RateLimit(settings.limit_calls, MINUTE),
        pages=RateLimit(settings.limit_pages, MINUTE),
        messages_address=RateLimit(settings.limit_messages_address, MINUTE),
        uploads=RateLimit(settings.limit_uploads, MINUTE),
        uploads_address=RateLimit(settings.limit_uploads_address, MINUTE),
    )


def _for_all(limits: Limits) -> dict[str, RateLimit]:
    """What an attacker must not have anew in each process; the others are about pace."""
    return {
        "sign_in": limits.sign_in,
        "sign_in_address": limits.sign_in_address,
        "visitors": limits.visitors,
        "mails": limits.mails,
        "mails_address": limits.mails_address,
    }


def _demo() -> list[Router]:
    from app.demo.handlers import router  # noqa: PLC0415 - production has no demo

    return [router]


def app_from_environment() -> Litestar:
    """The application for the settings of this environment, as uvicorn calls it."""
    app = create_app(load_settings())
    compile_all()
    gc.set_threshold(*COLLECTS_AFTER)
    take_over("uvicorn")
    return app
