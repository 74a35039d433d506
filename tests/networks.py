"""The zoo: small networks, each named for its reason."""

from __future__ import annotations

import numpy as np

from bayesdiag.model import (
    FirstActive,
    FullTable,
    Link,
    Model,
    NoisyMax,
    Premise,
    Prior,
    Row,
    State,
    StateMap,
    Table,
    Variable,
)
from bayesdiag.model.variable import Kind


def variable(name: str, states: str, cpt: object, kind: Kind = "plain") -> Variable:
    return Variable(name, kind, tuple(State(s) for s in states.split()), cpt)  # type: ignore[arg-type]


def one_node() -> Model:
    return Model("one_node", (variable("a", "y n", Prior((0.3, 0.7))),))


def one_state() -> Model:
    return Model(
        "one_state",
        (
            variable("a", "only", Prior((1.0,))),
            variable("b", "y n", FullTable(("a",), (0.2, 0.8))),
            variable("c", "y n", FullTable(("b", "a"), (0.9, 0.1, 0.4, 0.6))),
        ),
    )


def chain() -> Model:
    return Model(
        "chain",
        (
            variable("a", "y n", Prior((0.1, 0.9))),
            variable("b", "y n", FullTable(("a",), (0.8, 0.2, 0.05, 0.95))),
            variable("c", "y n", FullTable(("b",), (0.7, 0.3, 0.1, 0.9))),
            variable("d", "x y z", FullTable(("c",), (0.5, 0.3, 0.2, 0.1, 0.1, 0.8))),
        ),
    )


def diamond() -> Model:
    return Model(
        "diamond",
        (
            variable("a", "x y z", Prior((0.2, 0.5, 0.3))),
            variable("b", "y n", FullTable(("a",), (0.8, 0.2, 0.05, 0.95, 0.5, 0.5))),
            variable("c", "y n", FullTable(("a",), (0.1, 0.9, 0.35, 0.65, 0.6, 0.4))),
            variable("d", "y n", FullTable(("b", "c"), (0.99, 0.01, 0.7, 0.3, 0.6, 0.4, 0.05, 0.95))),
        ),
    )


def disconnected() -> Model:
    return Model(
        "disconnected",
        (
            variable("a", "y n", Prior((0.1, 0.9))),
            variable("b", "y n", Prior((0.4, 0.6))),
            variable("c", "y n", FullTable(("b",), (0.7, 0.3, 0.1, 0.9))),
        ),
    )


def deterministic() -> Model:
    return Model(
        "deterministic",
        (
            variable("a", "n y", Prior((0.9, 0.1))),
            variable("b", "n y", Prior((0.6, 0.4))),
            variable("either", "n y", FullTable(("a", "b"), (1, 0, 0, 1, 0, 1, 0, 1))),
            variable("both", "n y", FullTable(("a", "b"), (1, 0, 1, 0, 1, 0, 0, 1))),
        ),
    )


def noisy_max() -> Model:
    return Model(
        "noisy_max",
        (
            variable("gate", "g h", Prior((0.3, 0.7))),
            variable("a", "no yes", Prior((0.8, 0.2))),
            variable("b", "no some much", Prior((0.5, 0.3, 0.2))),
            variable(
                "m",
                "none low mid high",
                NoisyMax(
                    (
                        Link("a", "yes", "high", 0.4),
                        Link("a", "yes", "low", 0.3),
                        Link("b", "some", "mid", 0.5, {"gate": ("g",)}),
                        Link("b", "much", "mid", 0.9),
                        Link("b", "much", "high", 0.1, {"gate": ("h",)}),
                    ),
                    {"low": 0.05, "high": 0.01},
                ),
            ),
            variable("seen", "dark bright", FullTable(("m",), (0.9, 0.1, 0.6, 0.4, 0.3, 0.7, 0.1, 0.9))),
        ),
    )


def forty_parents() -> Model:
    causes = tuple(
        variable(f"c{i}", "no yes", Prior((1 - p, p))) for i, p in enumerate(_shares(40, 0.01, 0.2))
    )
    links = tuple(Link(f"c{i}", "yes", "on", p) for i, p in enumerate(_shares(40, 0.9, 0.1)))
    return Model("forty_parents", (*causes, variable("alarm", "off on", NoisyMax(links, {"on": 0.001}))))


def hub(n_children: int = 2000) -> Model:
    """A root of ten states and children that each speak ten to one for one half of them or the other."""
    states = " ".join(f"s{i}" for i in range(10))
    children = tuple(
        variable(f"x{i}", "n y", FullTable(("root",), tuple(p for s in range(10) for p in _pair(s, i % 2))))
        for i in range(n_children)
    )
    return Model("hub", (variable("root", states, Prior((0.1,) * 10)), *children))


def wide(n_parents: int = 13) -> Model:
    """A variable whose table stands over many others, none of its numbers 0."""
    random = np.random.default_rng(0)
    names = tuple(f"v{i}" for i in range(n_parents))
    parents = [variable(name, "n y", Prior(tuple(random.dirichlet([1, 1])))) for name in names]
    rows = random.dirichlet([1, 1], size=2**n_parents).ravel()
    return Model("wide", (*parents, variable("child", "n y", FullTable(names, tuple(rows)))))


def diagnostic() -> Model:
    """Contexts, causes with links into two stages, a first-active outcome, symptoms and a test."""
    return Model(
        "diagnostic",
        (
            variable("method", "chip tap", Prior((0.6, 0.4)), "context"),
            variable("age", "new old", Prior((0.7, 0.3)), "context"),
            variable(
                "slot",
                "ok dirty",
                Table(("age",), (Row({"age": ("new",)}, (0.98, 0.02)), Row({}, (0.9, 0.1)))),
                "cause",
            ),
            variable("software", "ok old bad", Prior((0.7, 0.2, 0.1)), "cause"),
            variable("funds", "ok none", Prior((0.95, 0.05)), "cause"),
            variable(
                "reading",
                "ok slow fails",
                NoisyMax(
                    (
                        Link("slot", "dirty", "fails", 0.7, {"method": ("chip",)}),
                        Link("software", "bad", "fails", 0.2),
                        Link("software", "bad", "slow", 0.5),
                        Link("software", "old", "slow", 0.1, {"method": ("tap",)}),
                    ),
                    {"slow": 0.01},
                ),
                "stage",
            ),
            variable(
                "deciding",
                "ok no",
                NoisyMax(
                    (Link("funds", "none", "no", 0.9), Link("software", "bad", "no", 0.3)), {"no": 0.02}
                ),
                "stage",
            ),
            variable(
                "outcome",
                "approved read_error refused",
                FirstActive(
                    ("reading", "deciding"),
                    (
                        Link("reading", "slow", "read_error", 0.3),
                        Link("reading", "fails", "read_error", 1.0),
                        Link("deciding", "no", "refused", 0.8),
                        Link("deciding", "no", "read_error", 0.1),
                    ),
                ),
                "stage",
            ),
            variable(
                "text",
                "fine error declined",
                StateMap(
                    "outcome",
                    {
                        "approved": {"fine": 1.0},
                        "read_error": {"error": 0.9, "declined": 0.1},
                        "refused": {"declined": 0.7, "error": 0.3},
                    },
                ),
                "symptom",
            ),
            variable(
                "other_card",
                "works fails",
                NoisyMax(
                    (
                        Link("reading", "fails", "fails", 0.9),
                        Link("software", "bad", "fails", 0.4, {"method": ("chip",)}),
                    ),
                    {"fails": 0.03},
                ),
                "test",
            ),
        ),
        premise=Premise("outcome", ("approved",), 0.1),
    )


def first_active_inside() -> Model:
    """A first-active stage that others depend on, with a cause as its own parent."""
    return Model(
        "first_active_inside",
        (
            variable("method", "chip tap", Prior((0.6, 0.4)), "context"),
            variable("user", "ok wrong late", Prior((0.8, 0.15, 0.05)), "cause"),
            variable("card", "ok broken", Prior((0.9, 0.1)), "cause"),
            variable("fault", "no yes", NoisyMax((Link("card", "broken", "yes", 0.8),), {}), "stage"),
            variable(
                "read",
                "ok no garbled",
                FirstActive(
                    ("fault", "user"),
                    (
                        Link("fault", "yes", "no", 0.6, {"method": ("chip",)}),
                        Link("fault", "yes", "garbled", 0.3),
                        Link("user", "wrong", "no", 0.5),
                        Link("user", "wrong", "garbled", 0.2, {"method": ("tap",)}),
                        Link("user", "late", "no", 0.9),
                    ),
                ),
                "stage",
            ),
            variable(
                "retry",
                "works fails",
                NoisyMax(
                    (Link("read", "no", "fails", 0.8), Link("user", "late", "fails", 0.5)), {"fails": 0.1}
                ),
                "test",
            ),
            variable("said", "a b", FullTable(("read",), (0.9, 0.1, 0.2, 0.8, 0.5, 0.5)), "symptom"),
        ),
        premise=Premise("read", ("ok",), 0.1),
    )


SMALL = (
    one_node,
    one_state,
    chain,
    diamond,
    disconnected,
    deterministic,
    noisy_max,
    diagnostic,
    first_active_inside,
)


def _shares(n: int, first: float, last: float) -> list[float]:
    return [first + (last - first) * i / (n - 1) for i in range(n)]


def _pair(state: int, side: int) -> tuple[float, float]:
    seen = 0.8 if state % 2 == side else 0.08
    return (1 - seen, seen)
