"""What is too large is refused, in little memory and little time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bayesdiag.engine.network import compile_network
from bayesdiag.errors import TooLarge
from bayesdiag.model import FullTable, Model, Prior
from tests.networks import variable

ASKED = """
import resource, sys, time
from bayesdiag.engine.network import compile_network
from bayesdiag.errors import TooLarge
from tests import test_inside, test_limits

def asked(model, max_bytes):
    network = compile_network(model, max_bytes=max_bytes, estimate=False)
    findings = {v.id: "y" for v in model.variables if v.id.startswith("c")}
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    try:
        network.posterior(findings)
        is_refused = 0
    except TooLarge as error:
        assert str(error).startswith("cluster of "), error
        is_refused = 1
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return is_refused, time.perf_counter() - start, (after - before) / 1000

assert asked(test_limits.grid(6), 2000)[0]  # compiles
asked(test_limits.grid(3), 2_000_000)
make, size, max_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) or 2_000_000_000
model = test_limits.grid(size) if make == "grid" else test_inside.wide_factors(size)
print(*asked(model, max_bytes))
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
    """Seconds and megabytes until it is refused; see `asked`."""
    is_refused, seconds, megabytes = asked(make, size, max_bytes)
    assert is_refused
    return seconds, megabytes


def asked(make: str, size: int, max_bytes: int) -> tuple[bool, float, float]:
    """Whether it is refused, and in a process of its own, which counts what compiled loops take: seconds, and megabytes above those before."""
    command = [sys.executable, "-c", ASKED, make, str(size), str(max_bytes)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent
    )
    assert done.returncode == 0, done.stderr
    is_refused, seconds, megabytes = done.stdout.split()
    return is_refused == "1", float(seconds), float(megabytes)


@pytest.mark.parametrize("max_bytes", [1_000_000, 0])
def test_a_clique_of_2_34_cells_is_refused_at_once(max_bytes: int) -> None:
    seconds, megabytes = refused("clique", 34, max_bytes)
    assert seconds < 5
    assert megabytes < 100


def test_a_small_limit_is_kept() -> None:
    """What a program takes while it is made is no more than it may, and some room beside it.

    Three megabytes hold the whole tables, which stand over the parts of their factors alone.
    """
    seconds, megabytes = refused("grid", 12, 1_000_000)
    assert seconds < 5
    assert megabytes < 20
    is_refused, seconds, megabytes = asked("grid", 12, 3_000_000)
    assert not is_refused
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
    """A million combinations, each with its place in 190 tables: no list fits, but whole tables do."""
    is_refused, _, megabytes = asked("clique", 20, 0)
    assert not is_refused
    assert megabytes < 2_200


def test_time_is_counted_while_a_cluster_is_listed() -> None:
    """4,096 combinations a cluster are listed at once; what they take is looked at after each of them."""
    three = [f"{name}{i}" for i in range(60) for name in "abc"]
    states = " ".join(f"s{i}" for i in range(16))
    variables = []
    for name in three:
        parents = tuple(f"{other}{name[1:]}" for other in "ab"[: "abc".index(name[0])])
        p = (1 / 16,) * 16 ** (1 + len(parents))
        variables.append(variable(name, states, FullTable(parents, p) if parents else Prior((1 / 16,) * 16)))
    network = compile_network(Model("triples", tuple(variables)), max_seconds=0.001, estimate=False)
    with pytest.raises(
        TooLarge, match=r"cluster of [abc]\d+, .*takes longer to list than the 0\.001 seconds"
    ):
        network.program(np.ones(network.layout.n_slots), network.layout.names)
