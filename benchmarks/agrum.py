"""pyAgrum at its best: one inference object, reused, with targets set, on the same arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from bayesdiag.engine.layout import Floats
from bayesdiag.engine.network import CompiledNetwork
from tests.test_reference import agrum_of

ENGINES = {"pyAgrum Lazy": "LazyPropagation", "pyAgrum Shafer": "ShaferShenoyInference"}

ABSENT = "pyAgrum: absent (pip install 'bayesdiag[peers]')"
SET_UP = (
    "pyAgrum: the same normalised arrays; LazyPropagation and ShaferShenoyInference, each one object made "
    "once and reused, targets set, one thread; the posteriors are computed, not copied into arrays."
)


def is_present() -> bool:
    """Whether pyAgrum is installed."""
    return find_spec("pyagrum") is not None


def net_of(network: CompiledNetwork) -> Any:
    """Return the network as pyAgrum's, variable i called `v<i>`; one thread from now on."""
    import pyagrum  # noqa: PLC0415 - an optional peer

    pyagrum.setNumberOfThreads(1)
    return agrum_of(pyagrum, network)


class Agrum:
    """One inference object on one network."""

    def __init__(self, net: Any, engine: str, targets: Iterable[str] = ()) -> None:
        import pyagrum  # noqa: PLC0415 - an optional peer

        self.net = net
        self.engine = getattr(pyagrum, engine)(net)
        self.seen: set[str] = set()
        wanted = set(targets)
        if wanted:
            self.engine.setTargets(wanted)

    def see(self, evidence: Mapping[str, int | Sequence[float]]) -> None:
        """Take evidence: states are changed in place; other variables than before, set anew."""
        if self.seen == set(evidence):
            for name, state in evidence.items():
                self.engine.chgEvidence(name, state)
        else:
            self.engine.setEvidence(dict(evidence))
            self.seen = set(evidence)

    def infer(self, evidence: Mapping[str, int | Sequence[float]], targets: Sequence[str]) -> list[Any]:
        """Return the posterior tensor of each target."""
        self.see(evidence)
        self.engine.makeInference()
        return [self.engine.posterior(name) for name in targets]

    def beliefs(self, evidence: Mapping[str, int | Sequence[float]], targets: Sequence[str]) -> list[Floats]:
        """Return the posterior of each target as an array: for comparisons, not for the clock."""
        return [np.asarray(tensor.toarray()) for tensor in self.infer(evidence, targets)]


def engines(net: Any, targets: Iterable[str] = ()) -> dict[str, Agrum]:
    """Return both engines, ready."""
    wanted = list(targets)
    return {name: Agrum(net, engine, wanted) for name, engine in ENGINES.items()}
