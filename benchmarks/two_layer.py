"""`python -m benchmarks.two_layer`: exact beliefs in a two-layer noisy-OR network of QMR's size.

QMR-DT (Shwe and others 1991) has 570 diseases, 4075 findings and 45,470 links. Here the number of
causes of a finding follows Zipf's law, P(k) ~ k ** -1.44 for k up to 150, which gives as many links.
Findings come from sampled worlds, so that those with many causes are seen more often, as they
would be; n of the findings that are present are seen, and as many again that are absent.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from importlib.metadata import version

import numpy as np

from bayesdiag.engine.frontier import TwoLayer, frontier_beliefs
from bayesdiag.engine.layout import Floats, Ints

ZIPF = 1.44
DRAWS = 20
SIZES = (12, 16, 20, 24)


def two_layer_arrays(n_causes: int, n_findings: int, max_parents: int, seed: int) -> TwoLayer:
    """Return a network: rare causes, links of every strength, small leaks."""
    rng = np.random.default_rng(seed)
    sizes = np.arange(1, max_parents + 1)
    share = sizes**-ZIPF
    n_parents = rng.choice(sizes, size=n_findings, p=share / share.sum())
    prior = np.exp(rng.uniform(np.log(1e-3), np.log(3e-2), n_causes))
    leak = np.exp(rng.uniform(np.log(1e-4), np.log(1e-2), n_findings))
    first_link = np.concatenate([[0], np.cumsum(n_parents)])
    link_cause = np.concatenate([rng.choice(n_causes, n, replace=False) for n in n_parents])
    raises = rng.uniform(0.02, 0.98, len(link_cause))
    with np.errstate(divide="ignore"):
        return TwoLayer(
            n_slots=2 * (n_causes + n_findings),
            cause_slots=2 * np.arange(n_causes),
            finding_slots=2 * (n_causes + np.arange(n_findings)),
            cause_of=np.concatenate([np.arange(n_causes), np.full(n_findings, -1)]),
            finding_of=np.concatenate([np.full(n_causes, -1), np.arange(n_findings)]),
            log_prior=np.log(np.column_stack([1 - prior, prior])),
            log_leak=np.log(np.column_stack([1 - leak, leak])),
            first_link=first_link,
            link_cause=link_cause,
            log_quiet=np.log(np.column_stack([np.ones_like(raises), 1 - raises])),
            log_raises=np.log(np.column_stack([np.zeros_like(raises), raises])),
        )


def sampled_findings(network: TwoLayer, rng: np.random.Generator) -> Ints:
    """Return which findings are present in a world drawn from the network, shape (F,)."""
    causes = rng.random(len(network.cause_slots)) < np.exp(network.log_prior[:, 1])
    log_quiet = np.where(causes[network.link_cause], network.log_quiet[:, 1], network.log_quiet[:, 0])
    total = network.log_leak[:, 0] + np.add.reduceat(log_quiet, network.first_link[:-1])
    return np.flatnonzero(rng.random(len(total)) >= np.exp(total))


def positives(network: TwoLayer, n: int, seed: int) -> Floats:
    """Return a row that sees n findings present and n absent in a world drawn from the network."""
    rng = np.random.default_rng(seed)
    present = sampled_findings(network, rng)
    while len(present) < n:
        present = sampled_findings(network, rng)
    absent = np.setdiff1d(np.arange(len(network.finding_slots)), present)
    row = np.ones(network.n_slots)
    row[network.finding_slots[rng.choice(present, n, replace=False)]] = 0.0
    row[network.finding_slots[rng.choice(absent, n, replace=False)] + 1] = 0.0
    return row


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(
        f"{platform.platform()}, Python {platform.python_version()}, bayesdiag {version('bayesdiag')}, "
        f"numba {version('numba')}; one core"
    )
    network = two_layer_arrays(600, 4000, 150, seed=1)
    causes = range(600)
    frontier_beliefs(network, positives(network, 12, seed=99)[None], causes)  # compile
    print(f"600 causes, 4000 findings, {len(network.link_cause):,} links; all causes, one case at a time,")
    print(f"each with a plan of its own: milliseconds of {DRAWS} draws")
    print(f"{'positives':>9}{'median':>9}{'worst':>9}")
    for n in SIZES:
        times = [_milliseconds(network, positives(network, n, seed), causes) for seed in range(DRAWS)]
        print(f"{n:>9}{statistics.median(times):>9.1f}{max(times):>9.1f}")


def _milliseconds(network: TwoLayer, row: Floats, causes: range) -> float:
    began = time.perf_counter()
    frontier_beliefs(network, row[None], causes)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
