"""The settings: for admins alone, each noun in its own room."""

from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery

from app.accounts.access import requires_role
from app.administration import queries
from app.administration.agents.handlers import routes as agents
from app.administration.away_reasons.handlers import routes as away_reasons
from app.administration.fields import LARGEST_ID, provide_fields
from app.administration.pages import SETTINGS, Shell, provide_shell
from app.administration.queues.handlers import routes as queues
from app.administration.responses.handlers import routes as responses
from app.administration.widgets.handlers import routes as widgets
from app.administration.wrap_up_codes.handlers import routes as wrap_up_codes


@get("/", name="settings")
async def settings(shell: NamedDependency[Shell]) -> Response[str]:
    """The nouns, and what a new Parley still needs."""
    return shell.page("administration/start.html", steps=await queries.steps())


@get("/audit-log", name="settings:audit")
async def audit_log(shell: NamedDependency[Shell], before: FromQuery[int] = 0) -> Response[str]:
    """Every change of a setting, newest first."""
    known = 0 < before <= LARGEST_ID
    lines, older = await queries.audit_page(before if known else 0)
    return shell.page("administration/audit_log.html", lines=lines, older=older, paged=known)


router = Router(
    path=SETTINGS,
    guards=[requires_role("admin")],
    dependencies={"shell": Provide(provide_shell), "fields": Provide(provide_fields)},
    route_handlers=[
        settings,
        *agents,
        *queues,
        *away_reasons,
        *wrap_up_codes,
        *responses,
        *widgets,
        audit_log,
    ],
)
