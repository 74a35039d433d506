"""What is too large is refused, in little memory and little time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.model import FullTable, Model, Prior
from tests.networks import variable

ASKED = """
import resource, sys, time
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import TooLarge
from tests import test_inside, test_limits

def refused(model, max_bytes):
    network = compile_network(model, max_bytes=max_bytes, estimate=False)
    findings = {v.id: "y" for v in model.variables if v.id.startswith("c")}
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    try:
        network.posterior(findings)
    except TooLarge as error:
        assert str(error).startswith("cluster of "), error
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return time.perf_counter() - start, (after - before) / 1000
    raise AssertionError("not refused")

refused(test_limits.grid(6), 2000)  # compiles
make, size, max_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) or 2_000_000_000
model = test_limits.grid(size) if make == "grid" else test_inside.wide_factors(size)
print(*refused(model, max_bytes))
"""


def grid(width: int) -> Model:
    """A square of variables, each given the one above and the one to the left: as wide as it is high."""
    random = np.random.default_rng(11)
    variables = []
    for i in range(width):
        for j in range(width):
            parents = tuple(f"g{a}_{b}" for a, b in ((i - 1, j), (i, j - 1)) if a >= 0 and b >= 0)
            p = random.uniform(0.1, 0.9, 2 ** len(parents))
            row = tuple(x for yes in p for x in (yes, 1 - yes))
            variables.append(
                variable(f"g{i}_{j}", "y n", FullTable(parents, row) if parents else Prior((0.5, 0.5)))
            )
    return Model("grid", tuple(variables))


def refused(make: str, size: int, max_bytes: int) -> tuple[float, float]:
    """Seconds, and megabytes above what was there before, in a process of its own: that counts what compiled loops take."""
    command = [sys.executable, "-c", ASKED, make, str(size), str(max_bytes)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent
    )
    assert done.returncode == 0, done.stderr
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


@pytest.mark.parametrize("max_bytes", [1_000_000, 0])
def test_a_clique_of_2_34_cells_is_refused_at_once(max_bytes: int) -> None:
    seconds, megabytes = refused("clique", 34, max_bytes)
    assert seconds < 5
    assert megabytes < 100


def test_a_small_limit_is_kept() -> None:
    """What a program takes while it is made is no more than it may, and some room beside it."""
    seconds, megabytes = refused("grid", 12, 3_000_000)
    assert seconds < 5
    assert megabytes < 20


@pytest.mark.long
@pytest.mark.parametrize("max_bytes", [10_000_000, 0])
def test_a_wide_grid_is_refused_at_once(max_bytes: int) -> None:
    seconds, megabytes = refused("grid", 40, max_bytes)
    assert seconds < 20  # a guard against hanging, not a measure
    assert megabytes < 200


@pytest.mark.long
def test_what_may_not_fit_takes_no_more_memory_than_allowed() -> None:
    _, megabytes = refused("clique", 20, 0)
    assert megabytes < 2_200
