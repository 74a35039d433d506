"""The app served on a free port, and a store of made-up cases for it to show."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bayesdiag.diagnosis import diagnose
from bayesdiag.engine.network import CompiledNetwork
from bayesdiag.store import Event, add_case, open_store
from bayesdiag.store.event import stamp
from bayesdiag.wire import diagnosis_document

ROOT = Path(__file__).parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
"""What Chromium is started with."""


@contextmanager
def serving(store: Path) -> Iterator[str]:
    """Serve the app with a store; yields its address."""
    with served(store) as (address, _):
        yield address


@contextmanager
def served(store: Path) -> Iterator[tuple[str, int]]:
    """Serve the app with a store; yields its address and the number of its process. `server.log` lies beside it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "BAYESDIAG_STORE": str(store), "BAYESDIAG_USER": ""}
    log = store.with_name("server.log").open("ab")
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(timeout=10)
        log.close()


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not become healthy within a minute")


CAUSES = (
    ("card_chip_condition", "dirty", {"display_text": "read_error", "card_visible_damage": "chip_marks"}),
    ("usage_error", "removed_or_misinserted", {"display_text": "read_error", "other_card_here": "works"}),
    ("insufficient_funds", "yes", {"response_code": "rc_funds"}),
    ("card_expired", "yes", {"response_code": "rc_expired"}),
    ("local_network", "down", {"signal_indicator": "none", "other_card_here": "fails"}),
)
SHARES = (9, 6, 5, 3, 2)


def fill_store(path: Path, network: CompiledNetwork, *, n: int = 26, seed: int = 7) -> None:
    """Make a store of cases that look like a team's last weeks."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    with open_store(str(path)) as store:
        for number in range(n):
            start = datetime.now(UTC) - timedelta(days=40 * (n - number) / n, hours=chance.random() * 5)
            add_case(store, _dialogue(network, chance, start), case_id=f"T-{1001 + number}")


def _dialogue(network: CompiledNetwork, chance: random.Random, at: datetime) -> list[Event]:
    """Return the events of one made-up case."""
    cause, state, findings = chance.choices(CAUSES, SHARES)[0]
    who = chance.choice(["merchant", "cardholder"])
    steps: list[tuple[str, dict[str, Any]]] = [("opened", {})]
    steps += [("found", {"variable": name, "seen": seen, "who": who}) for name, seen in findings.items()]
    asked = chance.choice([[], ["entry_method"], ["entry_method", "card_age"], ["card_age"]])
    for name in asked:
        told = {"entry_method": "chip", "card_age": "gt3y"}[name]
        kind = chance.choice(["answered", "answered", "dont_know"])
        steps.append((kind, {"variable": name} | ({"seen": told} if kind == "answered" else {})))
    document = diagnosis_document(diagnose(network, findings, doubt="none"), "en", "")
    steps.append(("diagnosed", {"diagnosis": document}))
    end = chance.random()
    if end > 0.85:
        steps.append(("handed_over", {"to": "Bo"}))
    elif end > 0.25:
        steps.append(("tried", {"repair": "clean_card_or_reader", "outcome": "solved"}))
        steps += [("confirmed", {"cause": cause, "state": state})] if end > 0.35 else []
        steps += [("spent", {"minutes": chance.randint(2, 25)}), ("closed", {})]
    events = []
    for kind, body in steps:
        at += timedelta(minutes=chance.expovariate(1 / (900 if kind == "closed" else 3)))
        events.append(Event(kind, body, by=chance.choice(["Ann", "Bo"]), at=stamp(at)))
    return events
