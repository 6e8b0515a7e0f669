"""Who may talk to the stand-in: programs and our own page on this machine, not other sites in the browser"""

from urllib.parse import urlsplit

from aiohttp import web

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def check_origin(request: web.Request) -> None:
    """Refuse another site's page, and a name of the outside world that was made to point here."""
    host = request.host
    if host.partition(":")[0] not in LOOPBACK and urlsplit(f"//{host}").hostname not in LOOPBACK:
        raise web.HTTPForbidden(text="loopback only")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != host:
        raise web.HTTPForbidden(text="another origin")
