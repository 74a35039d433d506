"""Reading BIF files: ours against pyAgrum's loadBN, and pgmpy's reader once."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bayesdiag.engine.layout import layout_of
from bayesdiag.engine.tables import DenseFamily, families_of
from bayesdiag.formats.bif import load_bif
from bayesdiag.model import Model
from benchmarks import agrum
from benchmarks.agree import check
from benchmarks.lines import Line
from benchmarks.measure import interleaved, medians, seconds
from benchmarks.networks import public_file

NETWORKS = ("asia", "alarm", "win95pts", "hepar2", "insurance", "pathfinder", "munin1", "munin", "diabetes")
ONCE = ("win95pts",)
"""Files that pgmpy's reader is given, once: it takes seconds on the larger ones."""
SINGLE = 1e-4
"""pyAgrum's reader keeps its numbers in single precision, and does not divide rounded rows by their sum."""

Progress = Iterator[Line | str]


def reading(budget: float) -> Progress:
    """Every file, unpacked beforehand, from the disk's cache into a network."""
    yield "The same unpacked files; ours is strict: every row exactly once, every fault told."
    yield (
        "pyAgrum: loadBN(path); pgmpy: BIFReader(path).get_model(), once."
        if agrum.is_present()
        else agrum.ABSENT
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in NETWORKS:
            path = Path(folder, f"{name}.bif")
            path.write_bytes(gzip.decompress(public_file(name).read_bytes()))
            yield _file(name, path, budget / len(NETWORKS))


def _file(name: str, path: Path, budget: float) -> Line:
    sides: dict[str, Callable[[int], float]] = {"ours": lambda _: 1000 * seconds(lambda: load_bif(path))}
    note = f"{path.stat().st_size / 1000:,.0f} kB"
    if agrum.is_present():
        import pyagrum  # noqa: PLC0415 - an optional peer

        _compare(load_bif(path), pyagrum.loadBN(str(path)))
        sides["pyAgrum"] = lambda _: 1000 * seconds(lambda: pyagrum.loadBN(str(path)))
    found = interleaved(sides, rounds=15, budget=budget)
    middle = medians(found)
    if name in ONCE and find_spec("pgmpy"):
        from pgmpy.readwrite import BIFReader  # noqa: PLC0415 - importing it takes seconds

        middle["pgmpy"] = 1000 * seconds(lambda: BIFReader(str(path)).get_model())
        note += "; pgmpy once"
    return Line(name, "ms", middle.pop("ours"), middle, 1, note=f"{note}, {len(found['ours'])} rounds")


def _compare(model: Model, net: Any) -> None:
    """Find the tables the same, as far as pyAgrum keeps them."""
    layout = layout_of(model)
    for family in families_of(model, layout):
        assert isinstance(family, DenseFamily)
        cpt = net.cpt(layout.names[family.child])
        wanted = [layout.names[index] for index in (*family.parents, family.child)]
        axes = list(reversed(cpt.names))
        theirs = np.transpose(cpt.toarray(), [axes.index(name) for name in wanted])
        check("pyAgrum's reader", [theirs], [family.p], SINGLE)
