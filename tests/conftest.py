"""Options of the test run, and what several tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG_SECONDS = 1200


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--data", default=None, help="folder of third-party networks and data sets")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give long tests time on slow machines, where they say nothing else: they are measured in minutes."""
    for item in items:
        if item.get_closest_marker("long") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG_SECONDS))


@pytest.fixture(scope="session")
def data_folder(request: pytest.FixtureRequest) -> Path:
    """The third-party files; tests that need them are skipped, saying so, where they are absent."""
    folder = request.config.getoption("--data")
    if folder is None:
        pytest.skip("third-party data: give its folder with `make test DATA=…`")
    return Path(folder)


@pytest.fixture(autouse=True)
def _loops_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether loops are compiled here for the first time is no part of what a command prints.

    Tests of that very line start a process of their own.
    """
    from bayesdiag.engine import compiled  # noqa: PLC0415 - not before a test asks whether numba is loaded

    monkeypatch.setattr(compiled, "is_first_time", lambda: False)
