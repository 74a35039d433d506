"""Loops compiled by numba, kept on disk where there is a place for it.

numba's own cache looks at the file of the outermost function alone, and so uses machine code that
is out of date once an inner function in another file has changed. Here what is kept is filed by
a digest of the whole engine's source and of the versions that compiled it.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import shutil
import sys
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from numba import njit
from numba.core import compiler, config, environment, serialize
from numba.core.registry import CPUDispatcher
from numba.core.runtime.nrt import rtsys
from numba.np import linalg

from bayesdiag.kept import cache_folder, newest, read_kept, write_kept

Loop = TypeVar("Loop", bound=Callable[..., object])

# What numba's own types do not tell of, though `cache=True` uses all of it.
_njit: Any = njit
_compiler: Any = compiler
_config: Any = config
_serialize: Any = serialize
_environment_room: Any = environment

_ENGINE = Path(__file__).parent.absolute()
_STAMPS = "[0-9a-f]" * 16
_KEPT_STAMPS = 4
"""Versions of the engine whose loops stay on disk: environments may share a cache."""


def _without_scipy() -> None:
    """Load numba's array functions without scipy.linalg, a quarter of numba's start.

    They ask whether there is a BLAS; that scipy is there answers it. No loop here multiplies
    matrices, and whatever does asks again when it is compiled.
    """
    asked = linalg.ensure_blas
    if "numba.np.arraymath" in sys.modules or find_spec("scipy") is None:
        return
    linalg.ensure_blas = lambda: None
    try:
        import_module("numba.np.arraymath")
    finally:
        linalg.ensure_blas = asked


_without_scipy()


def compiled(loop: Loop) -> Loop:
    """Return a function compiled at its first call; the result is kept for the next process.

    It runs without the interpreter's lock, so threads run side by side. Where neither the
    package nor the user's cache can be written, it is compiled in each process.
    """
    return _made(loop)


def inner_loop(loop: Loop) -> Loop:
    """Return a function compiled for other loops alone, without the way in from Python.

    That way takes long to compile, as it unpacks every array of every argument. Where compiling is
    switched off, it is the function itself. It must not be pickled: the copy would lack the refusal below.
    """
    if not (hasattr(CPUDispatcher, "_insert") and hasattr(CPUDispatcher, "_compile_for_args")):
        return _made(loop)  # a numba in which Python's calls cannot be refused
    made = _made(loop, no_cpython_wrapper=True)
    if isinstance(made, CPUDispatcher):
        # Nothing is listed for Python's calls, or one would jump to an address that is not there.
        inside: Any = made
        inside._insert = _leave_out
        inside._compile_for_args = partial(_refuse, loop.__qualname__)
    return made


def _made(loop: Loop, **options: bool) -> Loop:
    made: Any = _njit(error_model="numpy", nogil=True, no_cfunc_wrapper=True, **options)(loop)
    is_dispatcher = isinstance(made, CPUDispatcher)  # not where compiling is switched off
    if is_dispatcher and Path(loop.__code__.co_filename).is_relative_to(_ENGINE):
        made._cache = _Kept(loop)  # what `cache=True` does, with our own place and stamp
    return cast(Loop, made)


def _leave_out(*_told: object) -> None:
    return


def _refuse(name: str, *_arguments: object, **_named: object) -> None:
    raise TypeError(f"{name} is compiled for other loops alone; to call it from Python, mark it `compiled`")


def is_first_time() -> bool:
    """Whether no loop of this version of the engine is kept anywhere, so that compiling will take a while."""
    return not any(newest(folder / _stamp(), "*.nbc") for folder, _ in _folders())


class _Kept:
    """Machine code of one function: what numba asks of a cache.

    Every file holds the code for one signature, processor and set of options, behind a checksum.
    """

    def __init__(self, loop: Callable[..., object]) -> None:
        self._name = f"{loop.__module__.rpartition('.')[2]}.{loop.__qualname__}"

    @property
    def cache_path(self) -> str:
        return str(_folders()[0][0]) if _folders() else ""

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return what was kept for a signature; None if nothing was, or if it cannot be read.

        numba would fill its registries first, a third of a second; machine code that was compiled
        before needs none of them, only the runtime it calls.
        """
        rtsys.initialize(target)
        name = self._file(signature, target.codegen())
        for folder, private in _folders():
            body = read_kept(folder / _stamp() / name, private=private)
            if body is not None:
                try:
                    return _compiler.CompileResult._rebuild(target, *_Reader(io.BytesIO(body)).load())
                except Exception:  # noqa: BLE001, S112 - whatever is wrong with it, it can be compiled again
                    continue
        target.refresh()
        return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what was compiled in the first place that can be written."""
        if result.lifted or result.library.has_dynamic_globals or not _stamp():
            return
        body = _serialize.dumps(result._reduce())  # as numba's own cache does
        name = self._file(signature, result.codegen)
        for folder, private in _folders():
            is_new = not (folder / _stamp()).is_dir()
            if write_kept(folder / _stamp() / name, body, private=private):
                if is_new:
                    _tidy(folder)
                return

    def _file(self, signature: Any, codegen: Any) -> str:
        options = (_config.OPT, _config.BOUNDSCHECK)
        told = repr((str(signature), codegen.magic_tuple(), options)).encode()
        return f"{self._name.replace('<', '').replace('>', '')}-{hashlib.sha256(told).hexdigest()[:16]}.nbc"


class _Reader(pickle.Unpickler):
    """Reads what was kept, without loading the modules of numba's own functions compiled into it.

    They would only be the globals of machine code that looks up no global. What is read is ours:
    its checksum was right.
    """

    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) == ("numba.core.environment", "_rebuild_env"):
            return _environment
        return super().find_class(module, name)


def _environment(module: str, constants: list[object], name: str) -> Any:
    """Return what a compiled function keeps of its Python self: constants, and globals if they are loaded."""
    if module in sys.modules:
        return _environment_room._rebuild_env(module, constants, name)
    made = _environment_room.Environment({"__name__": module})
    made.consts[:] = constants
    made.env_name = name
    return made


@cache
def _stamp() -> str:
    """Return a digest of all that machine code depends on; empty where the source cannot be read."""
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    digest = hashlib.sha256(repr(versions).encode())
    try:
        for path in sorted(_ENGINE.rglob("*.py")):
            source = path.read_bytes()
            digest.update(f"\0{path.relative_to(_ENGINE)}\0{len(source)}\0".encode() + source)
    except OSError:
        return ""
    return digest.hexdigest()[:16]


@cache
def _folders() -> tuple[tuple[Path, bool], ...]:
    """Return the places where loops are looked for, and whether each must be this user's own.

    The package's own `__pycache__` is as trusted as the package's bytecode beside it.
    """
    if not _stamp():
        return ()
    if _config.CACHE_DIR:
        return ((Path(_config.CACHE_DIR) / "bayesdiag", False),)
    user = cache_folder()
    own = ((user / "compiled", True),) if user is not None else ()
    return ((_ENGINE / "__pycache__" / "compiled", False), *own)


def _tidy(folder: Path) -> None:
    """Remove what was kept for versions of the engine long gone."""
    for old in newest(folder, _STAMPS)[_KEPT_STAMPS:]:
        shutil.rmtree(old, ignore_errors=True)
