"""`python -m pipeline.defs.guarded_webserver`: Dagster's web server behind a guard.

Dagster knows no users and obeys whoever reaches it, a plain GET that carries a mutation too, so
that any page an engineer has open could launch a backfill.  Loopback is no protection: a browser
reaches it.  The rules are those of `deploy/nginx/guard.conf`, for the names of this machine.
"""

# Its own signatures leave parameters open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportPrivateImportUsage=false

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dagster_webserver import cli
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.defs.installation import REPORTS, site_of_environment

OWN_NAME = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
DOCUMENT = re.compile(REPORTS + r"/\d{4}-\d{2}-\d{2}/[^/.][^/]*\.(pdf|xlsx)")
"""What the UI shows of the site's documents: finished ones, and nothing else that lies there."""
GRAPHQL = "/graphql"
REPORTED_EVENTS = "/report_asset"
JSON = "application/json"
FORBIDDEN, POLICY_VIOLATION = 403, 1008


class Guard:
    """Lets our own pages through to an application, and nobody else's."""

    def __init__(self, app: ASGIApp, reports: Path) -> None:
        """Stand before an application, and before the documents of a folder."""
        self.app = app
        files = StaticFiles(directory=reports, check_dir=False)
        self.documents = Starlette(routes=[Mount(REPORTS, files)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is refused, pass on the rest."""
        words = refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if words is None:
            shown = scope["type"] == "http" and DOCUMENT.fullmatch(scope["path"])
            await (self.documents if shown else self.app)(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": words})
        else:
            await PlainTextResponse(f"Refused: {words}\n", FORBIDDEN)(scope, receive, send)


def refusal(scope: Scope) -> str | None:
    """Why a request must not pass, None if it may."""
    headers = Headers(scope=scope)
    host, origin = headers.get("host", ""), headers.get("origin")
    if not OWN_NAME.fullmatch(host) or len(headers.getlist("host")) != 1:
        return "open the UI by the name of this machine, such as http://127.0.0.1:3000"
    if origin is not None and origin not in {f"http://{host}", f"https://{host}"}:
        return f"a page of {origin} may ask nothing here"
    if scope["type"] == "websocket":
        return None if scope["path"] == GRAPHQL else "nothing is told there"
    return _refused_way(scope["method"], scope["path"], headers.get("content-type", ""))


def _refused_way(method: str, path: str, content: str) -> str | None:
    if path.startswith(REPORTED_EVENTS):
        return "events are reported by the pipeline itself"
    if path == GRAPHQL:
        # What a foreign page can send without asking first is a GET, a form or plain text.
        is_json = content.partition(";")[0].strip().casefold() == JSON
        return None if method == "POST" and is_json else "questions are JSON, by POST"
    return None if method in {"GET", "HEAD"} else f"{method} is not for pages"


def guarded(make: Callable[..., ASGIApp]) -> Callable[..., ASGIApp]:
    """What makes an application, with the guard before what it makes."""

    def made(*given: Any, **named: Any) -> ASGIApp:
        return Guard(make(*given, **named), site_of_environment().reports)

    return made


def main() -> None:
    """Serve as `dagster-webserver` does, with its options."""
    cli.create_app_from_workspace_process_context = guarded(
        cli.create_app_from_workspace_process_context
    )
    cli.main()


if __name__ == "__main__":
    main()
