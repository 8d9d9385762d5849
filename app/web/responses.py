"""The few kinds of answers that handlers give."""

from typing import Any

from litestar import MediaType, Request, Response

from app.web.compression import Page
from app.web.templates import render


def is_htmx(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asked, so that a partial is wanted."""
    return request.headers.get("hx-request") == "true"


def html(text: str, *, code: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
    """Rendered HTML; nothing of one person is kept in a cache for another."""
    vary = "HX-Request, Accept-Encoding"
    return Page(
        text,
        status_code=code,
        media_type=MediaType.HTML,
        headers={"Cache-Control": "no-store", "Vary": vary, **(headers or {})},
    )


def page(
    template: str,
    /,
    *,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """A template as the whole answer; templates have a `code` and a `status` of their own."""
    return html(render(template, **context), code=status_code, headers=headers)


def nothing() -> Response[None]:
    """Done, and there is nothing to show."""
    return Response(None, status_code=204)


def see_other(path: str) -> Response[None]:
    """After a form: go and look there. The path is one of ours."""
    return Response(None, status_code=303, headers={"Location": path, "Cache-Control": "no-store"})


def local_path(target: str, default: str) -> str:
    """The target if it is a path of this site, else the default: never a way to another site."""
    safe = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if safe and target.isprintable() and "\\" not in target else default


def partial_for(target: str, content: str, swap: str = "outerMorph") -> str:
    """Content wrapped so that htmx swaps it at a target; ignored where the target is absent."""
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{content}</hx-partial>'
