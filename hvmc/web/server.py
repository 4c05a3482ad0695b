"""The server: on the loopback, one page, until it is told to stop."""

import asyncio
import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from tornado.ioloop import IOLoop

from hvmc.web.guard import guarded, hosts

__all__ = ["LOOPBACK", "bind", "serve"]

LOOPBACK = "127.0.0.1"
_UNUSED_MS = 20_000
_GRACE_S = 2.0  # for pages that are still being made when told to stop


def bind(port: int) -> list[socket.socket]:
    """Return sockets that listen on the loopback.

    Parameters
    ----------
    port : int
        0 for any that is free.

    Raises
    ------
    OSError
        If the port is taken or not allowed.
    """
    listening = socket.create_server((LOOPBACK, port), backlog=128)
    listening.setblocking(False)
    return [listening]


def serve(
    sockets: list[socket.socket],
    fill: Callable[[Document], None],
    ready: Callable[[str], None],
    stopped: Callable[[], None],
) -> None:
    """Serve a page until SIGINT or SIGTERM.

    What is still being made of pages then has two seconds; after these the process ends.

    Parameters
    ----------
    sockets : list of socket
        From `bind`.
    fill : function
        Fills the document of each page that is opened.
    ready : function
        Called with the address when pages can be opened.
    stopped : function
        Called last.
    """
    asyncio.run(_serve(sockets, fill, ready, stopped))
    stopped()


async def _serve(
    sockets: list[socket.socket],
    fill: Callable[[Document], None],
    ready: Callable[[str], None],
    stopped: Callable[[], None],
) -> None:
    for name in ("tornado.access", "tornado.general", "bokeh"):
        logging.getLogger(name).setLevel(logging.ERROR)
    port = int(sockets[0].getsockname()[1])
    application = BokehTornado(
        {"/": Application(FunctionHandler(fill))},
        extra_websocket_origins=sorted(hosts(port)),
        use_index=False,
        sign_sessions=True,
        secret_key=secrets.token_bytes(32),
        unused_session_lifetime_milliseconds=_UNUSED_MS,
        check_unused_sessions_milliseconds=_UNUSED_MS // 4,
        websocket_max_message_size_bytes=1024 * 1024,
        include_headers=[],
        include_cookies=[],
    )
    http = guarded(application, port)
    server = BaseServer(IOLoop.current(), application, http)
    server.start()
    http.add_sockets(sockets)
    stop = asyncio.Event()
    _stop_on_signals(stop, stopped)
    ready(f"http://{LOOPBACK}:{port}/")
    await stop.wait()
    # Bokeh reports pages that are still open, whose connections it cuts, as failures
    logging.getLogger("tornado.application").disabled = True
    await server.stop_async()


def _stop_on_signals(stop: asyncio.Event, stopped: Callable[[], None]) -> None:
    """Stop at a signal, also while the loop is busy with making a page."""
    loop = asyncio.get_running_loop()

    def give_up() -> None:
        stopped()
        os._exit(0)

    def told(*_: object) -> None:
        loop.call_soon_threadsafe(stop.set)
        timer = threading.Timer(_GRACE_S, give_up)
        timer.daemon = True
        timer.start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
