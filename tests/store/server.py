"""A PostgreSQL server of our own, started for the tests from the packages of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

MISSING = "PostgreSQL is missing: install Debian's package postgresql (apt-get install postgresql)"


@dataclass(frozen=True)
class Server:
    """A running server; it listens on a socket in its folder, and nowhere else."""

    folder: Path
    user: str
    numbers: Iterator[int]
    made: list[str]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def address(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(dbname=database, user=self.user, host=str(self.folder), autocommit=True) as link:
            link.execute(statement.encode())

    def emptied_database(self) -> str:
        """One database that is used again and again: a server full of databases is slow to remove."""
        if not self.made:
            self.made.append("cases")
            self.execute("CREATE DATABASE cases")
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cases'"
        self.execute(others)
        self.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public", "cases")
        return "cases"

    def new_database(self) -> str:
        name = f"cases_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; None where there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


@contextmanager
def running(where: Path) -> Iterator[Server]:
    """Start a server and stop it; as another user where we are root, which PostgreSQL refuses."""
    user = next((n for n in ("postgres", "nobody") if _exists(n)), "") if os.geteuid() == 0 else ""
    # Outside of pytest's folders, which are closed to other users; and short, as names of sockets must be.
    folder = Path(tempfile.mkdtemp(prefix="bd-pg-"))
    try:
        if user:
            shutil.chown(folder, user)
        as_user = (
            ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
            if user
            else []
        )
        options = f"-k {folder} -c listen_addresses= -c max_connections=120 -c fsync=off"
        control = [
            *as_user,
            str(where / "pg_ctl"),
            "-D",
            str(folder / "data"),
            "-w",
            "-l",
            str(folder / "log"),
        ]
        initdb = [
            *as_user,
            str(where / "initdb"),
            "-D",
            str(folder / "data"),
            "-U",
            "tester",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        _run([*initdb, "--locale=C.UTF-8", "--no-sync"], folder)
        _run([*control, "-o", options, "start"], folder)
        try:
            yield Server(folder, "tester", count(), [])
        finally:
            _run([*control, "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    with (folder.parent / f"{folder.name}.out").open("w+b") as told:
        done = subprocess.run(command, cwd=folder, stdout=told, stderr=told, check=False, timeout=120)
        told.seek(0)
        said = told.read().decode(errors="replace")
    (folder.parent / f"{folder.name}.out").unlink()
    assert done.returncode == 0, said


def _exists(user: str) -> bool:
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False
