"""The demo shop: a page of somebody else's website with the widget on it."""

from litestar import Response, Router, get
from litestar.datastructures import State
from litestar.params import FromQuery

from app.demo.catalogue import LAMPS, lamp_named
from app.problems import NotFound
from app.web.responses import page
from app.web.security import MAY_LISTEN

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@get("/demo", name="demo:shop", sync_to_thread=False)
def shop(state: State, lamp: FromQuery[str] = "") -> Response[str]:
    """The shop's window, or the page of one lamp."""
    chosen = lamp_named(lamp) if lamp else None
    if lamp and chosen is None:
        raise NotFound
    # A site with a policy of its own must not keep the microphone from the chat.
    lends = MAY_LISTEN if state.settings.calls else {}
    return page(
        "demo/shop.html",
        headers={"Content-Security-Policy": POLICY, **lends},
        lamps=LAMPS,
        lamp=chosen,
        page=lamp or "home",
        widget_src="/widget.js",
        widget_key="demo",
    )


router = Router(path="/", route_handlers=[shop])
