"""Wrap-up codes: list, create, change, order, archive."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.administration.fields import Fields
from app.administration.lookups import found
from app.administration.pages import Shell, done
from app.administration.wrap_up_codes import service
from app.administration.wrap_up_codes.service import CodeForm
from app.agents.tables import Agent
from app.languages import N_
from app.wrapup.tables import WrapUpCode

LIST, PAGE = "administration/wrap_up_codes/list.html", "administration/wrap_up_codes/page.html"
HOME, LONGEST_NAME, LONGEST_GROUP = "wrap-up-codes", 60, 40


@get("/wrap-up-codes", name="settings:wrap_up_codes")
async def wrap_up_codes(shell: NamedDependency[Shell]) -> Response[str]:
    """Every code, and the form of a new one."""
    known = await service.codes()
    return shell.page(LIST, codes=known, groups=service.groups_in(known))


@post("/wrap-up-codes", name="settings:wrap_up_codes:create", status_code=303)
async def create(
    agent: NamedDependency[Agent], shell: NamedDependency[Shell], fields: NamedDependency[Fields]
) -> Response[None]:
    """Create a code."""
    known = await service.codes()
    shell.ask_again(LIST, fields, codes=known, groups=service.groups_in(known))
    await service.create(_form(fields), by=agent)
    return done(HOME, "created")


@get("/wrap-up-codes/{code_id:int}", name="settings:wrap_up_code")
async def one_code(shell: NamedDependency[Shell], code_id: FromPath[int]) -> Response[str]:
    """One code."""
    code = await found(WrapUpCode, code_id)
    values = {"name": code.name, "group": code.group}
    groups = service.groups_in(await service.codes())
    return shell.page(PAGE, values=values, code=code, groups=groups)


@post("/wrap-up-codes/{code_id:int}", name="settings:wrap_up_code:change", status_code=303)
async def change(
    agent: NamedDependency[Agent],
    shell: NamedDependency[Shell],
    fields: NamedDependency[Fields],
    code_id: FromPath[int],
) -> Response[None]:
    """Change name and group."""
    code = await found(WrapUpCode, code_id)
    shell.ask_again(PAGE, fields, code=code, groups=service.groups_in(await service.codes()))
    await service.change(code, _form(fields), by=agent)
    return done(HOME, "saved")


@post("/wrap-up-codes/{code_id:int}/position", name="settings:wrap_up_code:move", status_code=303)
async def position(
    agent: NamedDependency[Agent], fields: NamedDependency[Fields], code_id: FromPath[int]
) -> Response[None]:
    """Move it up or down in its group."""
    code = await found(WrapUpCode, code_id)
    await service.arrange(code, fields.first("direction"), by=agent)
    return done(HOME, "saved")


@post("/wrap-up-codes/{code_id:int}/archive", name="settings:wrap_up_code:archive", status_code=303)
async def archive(agent: NamedDependency[Agent], code_id: FromPath[int]) -> Response[None]:
    """Take it out of the dialog."""
    await service.archive(await found(WrapUpCode, code_id), by=agent)
    return done(HOME, "archived")


@post(
    "/wrap-up-codes/{code_id:int}/restoring", name="settings:wrap_up_code:restore", status_code=303
)
async def restore(agent: NamedDependency[Agent], code_id: FromPath[int]) -> Response[None]:
    """Put it back."""
    await service.restore(await found(WrapUpCode, code_id), by=agent)
    return done(HOME, "restored")


def _form(fields: Fields) -> CodeForm:
    form = CodeForm(
        name=fields.line("name", LONGEST_NAME, missing=N_("Enter a name.")),
        group=fields.line("group", LONGEST_GROUP),
    )
    fields.check()
    return form


routes = [wrap_up_codes, create, one_code, change, position, archive, restore]
