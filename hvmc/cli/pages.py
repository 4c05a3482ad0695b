"""What the verbs that open a page in the browser have in common."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from hvmc.config.problems import BadInputError

if TYPE_CHECKING:
    from bokeh.document import Document

__all__ = ["check_port", "page_arguments", "require_web", "serve_page"]


def page_arguments(parser: argparse.ArgumentParser, port: int) -> None:
    """Add the arguments of a page; ``port`` is the one it takes by default."""
    parser.add_argument(
        "--port", type=int, default=port, metavar="N", help=f"of the page ({port}); 0: any"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")


def check_port(port: int) -> None:
    """Refuse a port that can't be one.

    Raises
    ------
    BadInputError
        If it is not 0..65535.
    """
    if not 0 <= port <= 65535:
        raise BadInputError([f"--port must be 0..65535, got {port}: 0 takes a free one"])


def require_web() -> None:
    """Refuse to go on without what serves a page.

    Raises
    ------
    BadInputError
        If Bokeh is not installed.
    """
    try:
        import bokeh.server  # noqa: F401
    except ImportError as error:
        raise BadInputError(
            ["the page needs Bokeh, which is not installed: pip install 'hvmc[web]'"]
        ) from error


def serve_page(
    verb: str, arguments: argparse.Namespace, fill: "Callable[[Document], None]"
) -> None:
    """Serve a page until it is told to stop, saying where.

    Parameters
    ----------
    verb : str
        Of hvmc.
    arguments : Namespace
        With those of `page_arguments`.
    fill : function
        Fills the document of each page that is opened.

    Raises
    ------
    BadInputError
        If the port can't be used.
    """
    from hvmc.web.server import LOOPBACK, bind, serve

    try:
        sockets = bind(arguments.port)
    except OSError as error:
        remedy = "choose another with --port, 0 takes a free one"
        raise BadInputError(
            [f"--port {arguments.port} of {LOOPBACK} can't be used ({error.strerror}): {remedy}"]
        ) from error

    def ready(address: str) -> None:
        print(f"{address}  (Ctrl-C stops it)", flush=True)
        if not arguments.no_browser:
            import webbrowser

            webbrowser.open(address)

    serve(sockets, fill, ready, lambda: print(f"hvmc {verb}: stopped", flush=True))
