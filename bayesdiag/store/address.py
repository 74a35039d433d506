"""Where cases are kept: a file in the user's data folder, another file, or a PostgreSQL server."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bayesdiag.errors import StoreError
from bayesdiag.mask import mask_text

SWITCH = "BAYESDIAG_STORE"
"""Environment variable: the store to use where none is told."""

FORMS = "Give a file, sqlite:///FILE, or postgresql://USER@HOST/DATABASE."
_NO_FILE = re.compile(r"^[^/\\]*:[^/\\]*@|^postgres\w*(?::|//)|password\s*=", re.IGNORECASE)
"""What an address has that was not written rightly; a folder of a file may well have an @ in its name."""
_SECRETS = frozenset({"password", "passfile", "sslpassword", "sslkey", "service"})


def default_address() -> str:
    """Return the store that is used where none is told.

    `$BAYESDIAG_STORE`, else `bayesdiag/cases.db` in `$XDG_DATA_HOME` or in the platform's own place.

    Raises:
        StoreError: This user has no data folder.
    """
    told = os.environ.get(SWITCH, "")
    if told:
        return told
    base = os.environ.get("XDG_DATA_HOME", "")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif not Path(base).is_absolute():
        own = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
        base = os.path.join(os.path.expanduser("~"), own)  # noqa: PTH111, PTH118 - "~" stays where there is no home
    if not Path(base).is_absolute():
        raise StoreError(
            f"the case store: this user has no home folder.\n    Set {SWITCH}, or give --store. {FORMS}"
        )
    return str(Path(base) / "bayesdiag" / "cases.db")


def parsed(address: str) -> URL:
    """Return an address in parts; a name without a scheme is a file.

    Raises:
        StoreError: It is of no known form. A password in it is not shown.
    """
    encoded = "A password with @ : or / in it must be written with %40 %3A or %2F."
    if "://" not in address and address.strip():
        if _NO_FILE.search(address):
            told = "A password in it is not shown. If it is a file of this name, write sqlite:///FILE."
            raise StoreError(f"the case store: this looks like a mistyped address.\n    {told} {FORMS}")
        return URL.create("sqlite+pysqlite", database=str(Path(address).expanduser()))
    scheme = re.match(r"[\w+.-]*", address)
    shown = f"{scheme[0] if scheme else ''}://…"
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    # An @ that was not encoded would make the end of a password the name of a host, and print it.
    if url is None or address.partition("://")[2].partition("/")[0].count("@") > 1:
        raise StoreError(f"{mask_text(shown)}: this is no address of a store.\n    {FORMS} {encoded}")
    backend = {"postgres": "postgresql"}.get(url.get_backend_name(), url.get_backend_name())
    if backend == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.set(drivername="sqlite+pysqlite")
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    found = "memory alone keeps nothing" if backend == "sqlite" else "cases are not kept in such a database"
    raise StoreError(f"{mask_text(shown)}: {found}.\n    {FORMS}")


def shown(url: URL) -> str:
    """Return an address as it may be printed: without any password, and masked."""
    if url.get_backend_name() == "sqlite":
        return mask_text(url.database or "")
    kept = {name: value for name, value in url.query.items() if name not in _SECRETS}
    open_part = url.set(query=kept, drivername="postgresql")
    return mask_text(open_part.render_as_string(hide_password=True))
