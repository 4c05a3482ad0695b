"""Who may talk to the server: requests to the loopback by its names; all others are refused."""

from urllib.parse import unquote

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import Router
from tornado.web import Application, RequestHandler

__all__ = ["guarded", "hosts"]

_MOST_BODY_BYTES = 64 * 1024
_METHODS = ("GET", "HEAD")


def hosts(port: int) -> frozenset[str]:
    """Return the values of the Host header that mean this server."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))


class _Refused(RequestHandler):
    """Answers whatever is not for this server."""

    def prepare(self) -> None:
        self.set_status(403)
        self.finish("refused: this server answers GET on the loopback, by its own name\n")


class _Guard(Router):
    """Hands on to an application what is for this server.

    A page of another site could otherwise reach it by a name of its own that resolves to the
    loopback.
    """

    def __init__(self, application: Application, port: int) -> None:
        self._application, self._hosts = application, hosts(port)
        self._refusing = Application([(".*", _Refused)])

    def find_handler(
        self, request: HTTPServerRequest, **kwargs: object
    ) -> HTTPMessageDelegate | None:
        """Return who answers a request."""
        good = request.headers.get_list("Host") == [request.host] and request.host in self._hosts
        good = good and request.method in _METHODS and "\0" not in unquote(request.path)
        owner = self._application if good else self._refusing
        return owner.find_handler(request, **kwargs)


def guarded(application: Application, port: int) -> HTTPServer:
    """Return a server that hands on to an application what is for it, not yet listening."""
    return HTTPServer(
        _Guard(application, port),
        max_body_size=_MOST_BODY_BYTES,
        max_buffer_size=4 * _MOST_BODY_BYTES,
        max_header_size=16 * 1024,
    )
