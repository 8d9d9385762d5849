"""Away reasons: list, create, rename, order, archive."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.administration.away_reasons import service
from app.administration.fields import Fields
from app.administration.lookups import found
from app.administration.pages import Shell, done
from app.agents.tables import Agent, AwayReason
from app.languages import N_

LIST, PAGE = "administration/away_reasons/list.html", "administration/away_reasons/page.html"
HOME, LONGEST_NAME = "away-reasons", 40


@get("/away-reasons", name="settings:away_reasons")
async def away_reasons(shell: NamedDependency[Shell]) -> Response[str]:
    """Every away reason, and the form of a new one."""
    return shell.page(LIST, reasons=await service.reasons())


@post("/away-reasons", name="settings:away_reasons:create", status_code=303)
async def create(
    agent: NamedDependency[Agent], shell: NamedDependency[Shell], fields: NamedDependency[Fields]
) -> Response[None]:
    """Create an away reason."""
    shell.ask_again(LIST, fields, reasons=await service.reasons())
    await service.create(_name(fields), by=agent)
    return done(HOME, "created")


@get("/away-reasons/{reason_id:int}", name="settings:away_reason")
async def one_reason(shell: NamedDependency[Shell], reason_id: FromPath[int]) -> Response[str]:
    """One away reason."""
    reason = await found(AwayReason, reason_id)
    return shell.page(PAGE, values={"name": reason.name}, reason=reason)


@post("/away-reasons/{reason_id:int}", name="settings:away_reason:rename", status_code=303)
async def rename(
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
    reason_id: FromPath[int],
) -> Response[None]:
    """Rename an away reason."""
    reason = await found(AwayReason, reason_id)
    shell.ask_again(PAGE, fields, reason=reason)
    await service.rename(reason, _name(fields), by=agent)
    return done(HOME, "saved")


@post("/away-reasons/{reason_id:int}/position", name="settings:away_reason:move", status_code=303)
async def position(
    agent: NamedDependency[Agent], fields: NamedDependency[Fields], reason_id: FromPath[int]
) -> Response[None]:
    """Move it up or down."""
    reason = await found(AwayReason, reason_id)
    await service.arrange(reason, fields.first("direction"), by=agent)
    return done(HOME, "saved")


@post("/away-reasons/{reason_id:int}/archive", name="settings:away_reason:archive", status_code=303)
async def archive(agent: NamedDependency[Agent], reason_id: FromPath[int]) -> Response[None]:
    """Take it out of the menu."""
    await service.archive(await found(AwayReason, reason_id), by=agent)
    return done(HOME, "archived")


@post(
    "/away-reasons/{reason_id:int}/restoring", name="settings:away_reason:restore", status_code=303
)
async def restore(agent: NamedDependency[Agent], reason_id: FromPath[int]) -> Response[None]:
    """Put it back."""
    await service.restore(await found(AwayReason, reason_id), by=agent)
    return done(HOME, "restored")


def _name(fields: Fields) -> str:
    name = fields.line("name", LONGEST_NAME, missing=N_("Enter a name."))
    fields.check()
    return name


routes = [away_reasons, create, one_reason, rename, position, archive, restore]
