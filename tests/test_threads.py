"""One network, many visitors: what it keeps between calls is safe to share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import numpy as np
import pytest

from bayesdiag.engine.network import compile_network
from bayesdiag.engine.recent import Recent
from bayesdiag.engine.shares import in_shares
from tests import networks
from tests.test_kernels import evidences


def test_threads_get_what_one_alone_gets() -> None:
    model = networks.diagnostic()
    cases = list(evidences(model))
    alone = compile_network(model)
    expected = [alone.posterior(case, premise=True) for case in cases]
    shared = compile_network(model)
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = list(pool.map(lambda case: shared.posterior(case, premise=True), cases * 3))
    for number, one in enumerate(found):
        assert np.array_equal(one.beliefs, expected[number % len(cases)].beliefs)


def test_a_network_forgets_without_changing_its_answers() -> None:
    network = compile_network(networks.diagnostic())
    first = network.posterior({"text": "error"}, premise=True)
    network.forget()
    again = network.posterior({"text": "error"}, premise=True)
    assert np.array_equal(first.beliefs, again.beliefs)


def test_what_was_not_asked_for_longest_goes_first() -> None:
    recent: Recent[int, str] = Recent(2)
    recent.keep(1, "a")
    recent.keep(2, "b")
    assert recent.recall(1) == "a"
    recent.keep(3, "c")
    assert (recent.recall(1), recent.recall(2), recent.recall(3)) == ("a", None, "c")
    assert len(recent) == 2


def test_likelihoods_count_only_relative_to_each_other() -> None:
    """Three findings of 1e300 overflow when they are multiplied as they stand."""
    network = compile_network(networks.diagnostic())
    small = {
        name: {"ok": 0.3, last: 1.0}
        for name, last in (("slot", "dirty"), ("funds", "none"), ("reading", "fails"))
    }
    large = {name: {state: 1e300 * p for state, p in seen.items()} for name, seen in small.items()}
    first, second = network.posterior(small), network.posterior(large)
    assert np.allclose(first.beliefs, second.beliefs, atol=1e-12)
    assert np.isclose(second.log_evidence[0], first.log_evidence[0] + 3 * 300 * np.log(10), rtol=1e-12)


@pytest.mark.parametrize("cores", [1, 2, 5])
@pytest.mark.parametrize(("n_rows", "n_shares"), [(0, 1), (1, 1), (4, 1), (5, 2), (30, 8)])
def test_shares_hold_every_row_once_in_order_on_any_cores(cores: int, n_rows: int, n_shares: int) -> None:
    shares = in_shares(range, n_rows, 4, cores)
    assert [number for share in shares for number in share] == list(range(n_rows))
    assert len(shares) == n_shares


def test_shares_are_done_at_the_same_time() -> None:
    """Each waits for the other two: on fewer threads none would come back."""
    together = Barrier(3, timeout=20)
    in_shares(lambda *_: together.wait(), 3, 1, 3)


@pytest.mark.parametrize("cores", [1, 3])
def test_what_goes_wrong_in_a_share_is_told(cores: int) -> None:
    with pytest.raises(ZeroDivisionError):
        in_shares(lambda start, _: 1 // (7 - start), 20, 1, cores)


@pytest.mark.parametrize("cores", [1, 3])
def test_a_fault_ends_what_nobody_has_begun(cores: int) -> None:
    begun: list[int] = []

    def part(start: int, _: int) -> None:
        begun.append(start)
        if start == 0:
            raise ValueError("broken")
        sleep(0.02)

    with pytest.raises(ValueError, match="broken"):
        in_shares(part, 200, 1, cores)
    assert len(begun) <= 2 * cores
