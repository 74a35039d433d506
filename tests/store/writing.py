"""What other processes do to a store in the tests; started by `multiprocessing`, so it stands in a module."""

from __future__ import annotations

from multiprocessing.connection import Connection

from bayesdiag.errors import StaleCase
from bayesdiag.store import Event, add_case, append_events, open_store, read_record


def add_without_end(address: str, acknowledged: Connection) -> None:
    """Add and change cases until killed; say of each what is stored, after it is."""
    number = 0
    with open_store(address) as store:
        while True:
            number += 1
            events = [Event("opened"), Event("noted", {"text": f"note {number} " * 50})]
            case = add_case(store, events)
            acknowledged.send((case.id, 2))
            if number % 3 == 0:
                version = append_events(store, case.id, [Event("closed")], seen=2).version
                acknowledged.send((case.id, version))


def add_some(address: str, writer: int, shared: str, n: int) -> None:
    """Add cases of one's own, and a note to a case that all write to."""
    with open_store(address) as store:
        for number in range(n):
            add_case(store, [Event("opened", by=f"writer {writer}")], case_id=f"{writer}-{number}")
        while True:
            try:
                note = Event("noted", {"text": f"{writer}"})
                append_events(store, shared, [note], seen=read_record(store, shared).version)
            except StaleCase:
                continue
            break


def open_once(address: str) -> None:
    """Open a store that perhaps is not there yet."""
    open_store(address).close()
