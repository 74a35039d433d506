"""Files kept between runs to save time: whole or absent, and never believed when damaged or not ours."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from pathlib import Path

SWITCH = "BAYESDIAG_CACHE"
"""Environment variable: `off` leaves the user's cache folder alone; a path is used in its place."""

_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_SEAL = 32  # bytes of a SHA-256


def cache_folder() -> Path | None:
    """Return the folder for what can be made again, whether or not it is there; None where there is none.

    `$BAYESDIAG_CACHE`, else `bayesdiag` in `$XDG_CACHE_HOME` or in the platform's own place.
    """
    told = os.environ.get(SWITCH, "")
    if told:
        return None if told == "off" or not Path(told).is_absolute() else Path(told)
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif xdg:
        base = xdg
    else:
        base = str(Path("Library/Caches") if sys.platform == "darwin" else Path(".cache"))
        base = os.path.join(os.path.expanduser("~"), base)  # noqa: PTH111, PTH118 - "~" stays where there is no home
    return Path(base) / "bayesdiag" if os.path.isabs(base) else None  # noqa: PTH117


def read_kept(path: Path, *, private: bool) -> bytes | None:
    """Return what `write_kept` wrote, or None if it is not there, damaged, or may be another's.

    Args:
        path: The file.
        private: Whether only this user may have been able to write it.
    """
    try:
        if private and not (_is_ours(path.parent.lstat()) and _is_ours(path.lstat())):
            return None
        content = path.read_bytes()
    except OSError:
        return None
    seal, body = content[:_SEAL], content[_SEAL:]
    return body if hashlib.sha256(body).digest() == seal else None


def write_kept(path: Path, body: bytes, *, private: bool) -> bool:
    """Write a file whole or not at all, and return whether it is there now.

    Args:
        path: The file; its folder is made.
        body: What it shall hold.
        private: Whether nobody else may read or write it; refused in a folder others can write to.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=_PRIVATE_FOLDER if private else 0o777, parents=True, exist_ok=True)
        if private and not _is_ours(path.parent.lstat()):
            return False
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(half, flags, _PRIVATE_FILE if private else 0o666), "wb") as file:
            file.write(hashlib.sha256(body).digest() + body)
        half.replace(path)
    except OSError:
        _remove(half)
        return False
    return True


def newest(folder: Path, pattern: str) -> list[Path]:
    """Return what stands in a folder under names of a pattern, what was written last first."""
    try:
        dated = [(path.lstat().st_mtime_ns, path) for path in folder.glob(pattern)]
    except OSError:  # another process is tidying up
        return []
    return [path for _, path in sorted(dated, reverse=True)]


def _is_ours(state: os.stat_result) -> bool:
    """Whether this user owns it and nobody else can write to it; a link is nobody's."""
    if stat.S_ISLNK(state.st_mode):
        return False
    if not hasattr(os, "geteuid"):  # Windows: the folder's own rights decide
        return True
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        return
