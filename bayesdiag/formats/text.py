"""The text of a network file, packed or not: read whole, never past a limit."""

from __future__ import annotations

import gzip
import zlib
from codecs import BOM_UTF8
from pathlib import Path

from bayesdiag.errors import Fault, ModelFileError

_AT_FIRST = 100_000
"""Asking for all that is allowed takes room for as much, which costs more than reading a small file."""


def text_of_file(path: str | Path, max_bytes: int) -> str:
    """Return a file's text; a name that ends in .gz is unpacked.

    Raises:
        ModelFileError: It cannot be read, is not UTF-8, or has more than `max_bytes` unpacked.
    """
    name = str(path)
    try:
        # Making a Path takes longer than opening a small file, and so does a buffer for a single read.
        packed = name.lower().endswith(".gz")
        with gzip.open(path) if packed else open(path, "rb", buffering=0) as file:  # noqa: PTH123
            raw = file.read(_AT_FIRST)
            while len(raw) <= max_bytes and (more := file.read(min(9 * len(raw), max_bytes) + 1)):
                raw += more
        if len(raw) <= max_bytes:
            return raw.removeprefix(BOM_UTF8).decode()
        fault = Fault((), f"more than {max_bytes:,} bytes", "A larger file is not read.", name)
    except UnicodeDecodeError as error:
        fault = Fault((), f"byte {error.start} is not UTF-8", "Save the file as UTF-8.", name)
    except (OSError, EOFError, zlib.error) as error:
        told = getattr(error, "strerror", None) or "it is not a whole gzip file"
        fault = Fault((), f"the file cannot be read ({told})", "Check its name and permissions.", name)
    raise ModelFileError([fault])


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, as in "1 state" or "3 states"."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
