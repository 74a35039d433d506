"""The other peers: pgmpy's variable elimination, and nbn where torch is."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from bayesdiag.engine.layout import Floats, Ints
from bayesdiag.engine.network import CompiledNetwork
from benchmarks.networks import public_file
from tests.test_reference import pgmpy_of

MOST_JOINT = 2**16
"""pgmpy makes one table of all targets, even with joint=False; a larger one than this is not asked for."""
PGMPY_SET_UP = (
    "pgmpy: VariableElimination on the same arrays; one query a row (joint=False) where the joint table of the "
    f"targets has at most {MOST_JOINT:,} cells, else one query for each target."
)
NBN_SET_UP = "nbn: from_bif on the packed file, unpacked; query_batch on the CPU, one call for each target, all rows at once."
NBN_ABSENT = "nbn: absent (it needs torch, which is not installed here)"
NBN_CLOSE = 1e-4
"""nbn computes in single precision."""


class Pgmpy:
    """Variable elimination, a query a row."""

    def __init__(self, network: CompiledNetwork, targets: Sequence[str]) -> None:
        from pgmpy.factors.discrete import TabularCPD  # noqa: PLC0415 - importing it takes seconds
        from pgmpy.inference import VariableElimination  # noqa: PLC0415
        from pgmpy.models import DiscreteBayesianNetwork  # noqa: PLC0415

        parts = SimpleNamespace(cpd=TabularCPD, network=DiscreteBayesianNetwork)
        self.engine = VariableElimination(pgmpy_of(parts, network))
        self.layout = network.layout
        self.targets = list(targets)

    def beliefs(self, world: Ints, seen: Sequence[int]) -> list[Floats]:
        """Return the belief of each target, given the states of the variables seen."""
        evidence = {self.layout.names[i]: self.layout.states[i][world[i]] for i in seen}
        asked = [name for name in self.targets if name not in evidence]
        together = prod(self.layout.sizes[self.layout.index_of[name]] for name in asked) <= MOST_JOINT
        found: dict[str, Any] = {}
        for group in [asked] if together else [[name] for name in asked]:
            found |= self.engine.query(group, evidence=evidence, joint=False, show_progress=False)
        return [self._belief(found, name, evidence) for name in self.targets]

    def _belief(self, found: Any, name: str, evidence: dict[str, str]) -> Floats:
        states = self.layout.states[self.layout.index_of[name]]
        if name in evidence:
            return np.array([float(state == evidence[name]) for state in states])
        return np.array([found[name].get_value(**{name: state}) for state in states])


def has_nbn() -> bool:
    """Whether nbn and torch are installed."""
    return find_spec("nbn") is not None and find_spec("torch") is not None


class Nbn:
    """Batched queries in torch."""

    def __init__(self, name: str, network: CompiledNetwork, targets: Sequence[str]) -> None:
        import torch  # noqa: PLC0415 - an optional peer
        from nbn import NeuralBayesianNetwork  # noqa: PLC0415

        torch.set_num_threads(1)
        self.torch = torch
        self.names = network.layout.names
        self.targets = list(targets)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{name}.bif")
            path.write_bytes(gzip.decompress(public_file(name).read_bytes()))
            self.model = NeuralBayesianNetwork.from_bif(str(path), device="cpu")

    def beliefs(self, worlds: Ints, seen: Sequence[int]) -> list[Floats]:
        """Return the beliefs of each target, shape (B, states)."""
        evidence = {self.names[i]: self.torch.as_tensor(worlds[:, i]) for i in seen}
        return [self.model.query_batch([name], evidence).numpy() for name in self.targets]
