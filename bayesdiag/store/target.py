"""A file written whole or not at all, for this user alone, and never over a store or what is no file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bayesdiag.errors import CaseFault, Fault, StoreError
from bayesdiag.mask import mask_text

_BESIDE = ("-wal", "-shm", "-journal", "-erased")
"""How the names end of what stands beside a store."""
_DATABASE = b"SQLite format 3\0"


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written; it takes its name once all is written and on the disk.

    Raises:
        CaseFault: A store, what belongs to one, or no plain file has this name.
        StoreError: It cannot be written.
    """
    _check(path)
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    try:
        with os.fdopen(os.open(half, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        told = "The store is as it was, and so is a file of this name. Give another place."
        raise StoreError(
            f"{mask_text(str(path))}: the file cannot be written ({error.strerror}).\n    {told}"
        ) from None
    finally:
        half.unlink(missing_ok=True)


def _check(path: Path) -> None:
    found = ""
    if path.exists() and not path.is_file():
        found = "this is no plain file"
    elif path.name.endswith(_BESIDE) or _is_database(path):
        found = "this is a store of cases or belongs to one, or is another database"
    if found:
        fault = Fault((str(path),), found, "Give the name of a new file.")
        raise CaseFault([fault], "nothing was written")


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return bytes(file.read(len(_DATABASE))) == _DATABASE
    except OSError:  # not there, or not to be read: then writing it tells
        return False
