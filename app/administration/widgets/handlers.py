"""Widgets: list, create, change, preview, secret, archive."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from app.administration.fields import YES_NO, Fields
from app.administration.lookups import found
from app.administration.pages import Shell, done
from app.administration.queues.queries import names
from app.administration.widgets import forms, queries, service
from app.administration.widgets.forms import WidgetForm
from app.agents.tables import Agent
from app.languages import _
from app.moments import now
from app.problems import NotFound
from app.web.client import base_url
from app.web.responses import html, partial_for
from app.web.templates import render
from app.widget.brand import brand_from, stylesheet
from app.widget.tables import Widget

PAGE = "administration/widgets/page.html"


@get("/widgets", name="settings:widgets")
async def widgets(shell: NamedDependency[Shell]) -> Response[str]:
    """Every widget."""
    return shell.page("administration/widgets/list.html", widgets=await queries.widget_lines())


@get("/widgets/new", name="settings:widgets:new")
async def new_widget(
    request: Request[Any, Any, Any], state: State, shell: NamedDependency[Shell]
) -> Response[str]:
    """The form of a new widget."""
    values = forms.values_of(Widget(greeting=_("How can we help?"), queue=0))
    return shell.page(PAGE, values=values, **await _context(request, state, None, values))


@post("/widgets", name="settings:widgets:create", status_code=303)
async def create(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
) -> Response[None]:
    """Create a widget."""
    shell.ask_again(PAGE, fields, **await _context(request, state, None, fields.kept()))
    form = WidgetForm.of(fields, await names(), calls=state.settings.calls)
    fields.check()
    made = await service.create(form, by=agent)
    return done(f"widgets/{made.id}", "created")


@post("/widgets/preview", name="settings:widgets:preview", status_code=200)
async def preview(fields: NamedDependency[Fields]) -> Response[str]:
    """The widget as the form has it now; nothing is saved."""
    shown = queries.preview(fields)
    told = render("administration/widgets/_colour.html", preview=shown)
    whole = render("administration/widgets/_preview.html", preview=shown, kinds=queries.PREVIEWS)
    return html(whole + partial_for("#colour_told", told, "outerHTML"))


@get("/widgets/brand.css", name="settings:widgets:brand")
async def brand_css(colour: FromQuery[str] = "") -> Response[str]:
    """The colours of a widget that is being edited; `colour` is without its #."""
    try:
        text = stylesheet(brand_from(f"#{colour}"))
    except ValueError as error:
        raise NotFound from error
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(text, media_type="text/css", headers=headers)


@get("/widgets/{widget_id:int}", name="settings:widget")
async def one_widget(
    request: Request[Any, Any, Any],
    state: State,
    shell: NamedDependency[Shell],
    widget_id: FromPath[int],
) -> Response[str]:
    """One widget."""
    widget = await found(Widget, widget_id)
    values = forms.values_of(widget)
    return shell.page(PAGE, values=values, **await _context(request, state, widget, values))


@post("/widgets/{widget_id:int}", name="settings:widget:change", status_code=303)
async def change(
    request: Request[Any, Any, Any],
    state: State,
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
    widget_id: FromPath[int],
) -> Response[None]:
    """Set everything of a widget but key and secret."""
    widget = await found(Widget, widget_id)
    context = await _context(request, state, widget, fields.kept())
    shell.ask_again(PAGE, fields, **context)
    form = WidgetForm.of(fields, context["queues"], calls=state.settings.calls)
    fields.check()
    await service.change(widget, form, by=agent)
    return done(f"widgets/{widget.id}", "saved")


@post("/widgets/{widget_id:int}/secret", name="settings:widget:secret", status_code=200)
async def secret(
    agent: NamedDependency[Agent], shell: NamedDependency[Shell], widget_id: FromPath[int]
) -> Response[str]:
    """Make an identity secret, and show it, this once."""
    widget = await found(Widget, widget_id)
    made = await service.new_secret(widget, by=agent)
    return shell.page(
        "administration/widgets/secret.html",
        widget=widget,
        secret=made,
        rotating=bool(widget.identity_secret),
    )


@post("/widgets/{widget_id:int}/secret/ending", name="settings:widget:secret:end", status_code=303)
async def end_secret(agent: NamedDependency[Agent], widget_id: FromPath[int]) -> Response[None]:
    """Refuse the secret before this one from now on."""
    widget = await found(Widget, widget_id)
    await service.end_old_secret(widget, by=agent)
    return done(f"widgets/{widget.id}", "ended")


@post("/widgets/{widget_id:int}/archive", name="settings:widget:archive", status_code=303)
async def archive(agent: NamedDependency[Agent], widget_id: FromPath[int]) -> Response[None]:
    """Take a widget out of use."""
    widget = await found(Widget, widget_id)
    await service.archive(widget, by=agent)
    return done(f"widgets/{widget.id}", "archived")


@post("/widgets/{widget_id:int}/restoring", name="settings:widget:restore", status_code=303)
async def restore(agent: NamedDependency[Agent], widget_id: FromPath[int]) -> Response[None]:
    """Bring a widget back."""
    widget = await found(Widget, widget_id)
    await service.restore(widget, by=agent)
    return done(f"widgets/{widget.id}", "restored")


async def _context(
    request: Request[Any, Any, Any], state: State, widget: Widget | None, values: dict[str, str]
) -> dict[str, Any]:
    archived = widget is not None and widget.archived_at is not None
    return {
        "widget_row": widget,
        "old_secret_until": widget.old_secret_until
        if widget and len(widget.secrets_at(now())) > 1
        else None,
        "queues": await names(archived=archived),
        "asked": forms.ASKED,
        "yes_no": YES_NO,
        "calls": state.settings.calls,
        "sides": forms.SIDES,
        "removals": forms.REMOVALS,
        "kinds": queries.PREVIEWS,
        "preview": queries.preview(Fields(list(values.items()))),
        "base_url": base_url(request, state.settings),
    }


routes = [
    widgets,
    new_widget,
    create,
    preview,
    brand_css,
    one_widget,
    change,
    secret,
    end_secret,
    archive,
    restore,
]
