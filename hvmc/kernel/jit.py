"""Compilation: every kernel function is compiled once per machine and cached on disk.

numba's cache watches only the file of the cached function itself, so an edit to a mechanism in
another file would leave the old code in a cached loop. The cache folder is therefore named by a
hash of all kernel sources and of the numba version, which every copy of these sources on a machine
shares. Where it can't be written numba would put
compiled code beside the sources, under a name that outlives an edit: a temporary folder is used
instead, or none. This module must be imported before any kernel function is decorated.
"""

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core import caching
from numba.core import config as numba_config

__all__ = [
    "COMPILED",
    "cache_folder",
    "inlined",
    "is_cached",
    "ix",
    "jit",
    "merged",
    "require_one_version",
]

_CONFIG: Any = numba_config
COMPILED = not _CONFIG.DISABLE_JIT


def _sources_hash() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


_HASH = _sources_hash()


def cache_folder() -> Path:
    """Return where compiled kernels are kept: ``$HVMC_CACHE`` or the user's cache folder."""
    base = os.environ.get("HVMC_CACHE") or os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base else Path.home() / ".cache"
    checks = "-boundscheck" if _CONFIG.BOUNDSCHECK else ""
    return root / "hvmc" / f"kernel-{_HASH}{checks}"


def is_cached(function: str) -> bool:
    """Say whether compiled code of a kernel function, as ``loop.advance``, lies in the cache."""
    return any(cache_folder().rglob(f"{function}-*.nbc"))


def _prepare_cache() -> bool:
    """Make the cache folder, elsewhere if need be; say whether there is one."""
    try:
        wanted = cache_folder()
        wanted.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=wanted).close()
    except (OSError, RuntimeError) as error:
        print(
            f"hvmc: compiled code can't be kept ({error}), so it is compiled anew for this "
            "program alone: set HVMC_CACHE to a folder that can be written",
            file=sys.stderr,
        )
        return _use_temporary_cache()
    return True


def _use_temporary_cache() -> bool:
    try:
        folder = tempfile.mkdtemp(prefix="hvmc-")
    except OSError:
        return False
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["HVMC_CACHE"] = folder  # worker processes share it
    return True


_KEPT = COMPILED and _prepare_cache()
_CONFIG.CACHE_DIR = str(cache_folder()) if _KEPT else ""


@cache
def require_one_version() -> None:
    """Check, once all of the kernel is imported, that its sources stayed the same meanwhile.

    Raises
    ------
    RuntimeError
        If they were edited: the cache folder would keep code of both versions.
    """
    if _sources_hash() != _HASH:
        raise RuntimeError(
            f"{Path(__file__).parent} must not change while it is imported, but did: start again"
        )


class _KernelLocator(caching.UserProvidedCacheLocator):
    """Where compiled kernel functions lie: one folder, whatever folder the sources lie in.

    numba's own places are named by the path of the sources, so that each copy compiles anew.
    """

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:
        """Return the folder below numba's `CACHE_DIR`."""
        del py_file
        return "functions"

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """Return the place of a kernel function; None for others, which numba places."""
        is_ours = Path(py_file).parent == Path(__file__).parent
        return super().from_function(py_func, py_file) if is_ours else None


if _KEPT:
    caching.CacheImpl._locator_classes.insert(0, _KernelLocator)

_OPTIONS: Any = {"cache": _KEPT, "nogil": True, "error_model": "numpy"}


def jit[F: Callable[..., Any]](function: F) -> F:
    """Compile a kernel function, without the GIL, cached on disk."""
    compiled: Any = numba.njit(**_OPTIONS)(function)
    return compiled  # type: ignore[no-any-return]


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Compile a kernel function into each of its callers, always.

    For the steps that most events take. Left to itself the compiler calls them, and a call costs
    as much as many of them do.
    """
    compiled: Any = numba.njit(forceinline=True, **_OPTIONS)(function)
    return compiled  # type: ignore[no-any-return]


def merged[F: Callable[..., Any]](function: F) -> F:
    """Make a kernel function part of the one place that calls it, without a code of its own."""
    compiled: Any = numba.njit(inline="always", **_OPTIONS)(function)
    return compiled  # type: ignore[no-any-return]


@inlined
def ix(index):
    """Return an index that is not negative as an unsigned one.

    A signed index might count from the end; to find out costs more than the access itself.
    """
    return np.uint64(index)
