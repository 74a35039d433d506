"""What must hold inside a program: its tree, its entries, its order, on any factor graph."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdiag.case import Evidence
from bayesdiag.engine import kernel_jit
from bayesdiag.engine.active import Active, active_of, adjacency
from bayesdiag.engine.chains import Tries, better_orders
from bayesdiag.engine.collectors import MAX_PORTS
from bayesdiag.engine.entries import MADE, Listing, list_entries
from bayesdiag.engine.layout import Bools, Floats, Ints
from bayesdiag.engine.network import compile_network
from bayesdiag.engine.order import FILL, WEIGHT, WEIGHTED_FILL, best_order, greedy_order
from bayesdiag.engine.program import Limits, make_program, outline_of
from bayesdiag.engine.pruning import pruned
from bayesdiag.engine.tables import LinkFamily
from bayesdiag.engine.tree import Tree, junction_tree
from bayesdiag.model import FullTable, Link, Model, NoisyMax, Prior
from tests import networks
from tests.networks import variable
from tests.strategies import evidences, models
from tests.test_properties import LONG, QUICK

NO_LIMIT = (10**9, 10**9, 10**12)
Seed = st.integers(0, 2**32 - 1)


class Made:
    """A random sparse factor graph, and all that is made of it on the way to a program."""

    def __init__(self, seed: int, *, n: int | None = None, measure: int | None = None) -> None:
        random = np.random.default_rng(seed)
        n = n or int(random.integers(1, 9))
        self.sizes = random.choice([1, 2, 2, 3], n)
        self.first_state = np.concatenate([[0], np.cumsum(self.sizes)])
        scopes = [[part] for part in range(n)]  # every part has a factor, as every variable has a table
        for _ in range(int(random.integers(0, 2 * n + 1))):
            size = min(n, int(random.integers(1, 4)))
            scopes.append(random.choice(n, size, replace=False).tolist())
        self.scopes = scopes
        self.first_scope = np.concatenate([[0], np.cumsum([len(scope) for scope in scopes])])
        dense = random.choice([0.3, 0.6, 0.95])
        tables = [random.random(self.sizes[scope]) for scope in scopes]
        self.factors = [np.where(random.random(table.shape) < dense, table, 0.0) for table in tables]
        self.first_cell = np.concatenate([[0], np.cumsum([table.size for table in tables])])[:-1]
        self.tables = np.concatenate([table.ravel() for table in self.factors])
        self.alive = random.random(int(self.first_state[-1])) < 0.9
        self.ported = random.random(n) < 0.7
        self.random, self.measure = random, measure

    def active(self) -> tuple[Active, Bools]:
        alive = self.alive.copy()
        flat = np.array([part for scope in self.scopes for part in scope], dtype=np.int64)
        return active_of(self.first_state, alive, self.first_scope, flat, self.first_cell, self.tables), alive

    def tree(self, active: Active) -> tuple[Tree, Bools, Ints]:
        adjacent, log_sizes = adjacency(active, np.zeros(len(active.offsets), dtype=np.bool_))
        if self.measure is None:
            order, members, _ = best_order(adjacent, log_sizes, 4)
        else:
            shaken = self.random.uniform(0.1, 3.0, len(log_sizes))
            order, members, _ = greedy_order(adjacent, log_sizes, self.measure, shaken, np.inf)
        ported = self.ported[active.parts]
        tree = junction_tree(order, members, log_sizes, active.first_scope, active.scopes, ported)
        return tree, ported, order

    def possible(self) -> set[tuple[int, ...]]:
        """All states of all parts that can occur together, as the active graph sees them."""
        alive = [
            [s for s in range(size) if self.alive[first + s]]
            for size, first in zip(self.sizes, self.first_state, strict=False)
        ]
        return {
            world
            for world in product(*alive)
            if all(
                table[tuple(world[part] for part in scope)] > 0
                for scope, table in zip(self.scopes, self.factors, strict=True)
            )
        }


def of(first: Ints, things: Ints, k: int) -> list[int]:
    return [int(thing) for thing in things[first[k] : first[k + 1]]]


def check_tree(tree: Tree, active: Active, ported: Bools, order: Ints) -> None:
    n, n_clusters = len(active.parts), len(tree.parent)
    assert sorted(order.tolist()) == list(range(n))
    clusters = [of(tree.first_part, tree.parts, k) for k in range(n_clusters)]
    for k, above in enumerate(tree.parent):
        parts = clusters[k]
        assert len(set(parts)) == len(parts)
        # Those below come first; a root shares nothing, and others share just what both have.
        assert above == -1 or k < above < n_clusters
        shared = set(parts) & set(clusters[above]) if above >= 0 else set()
        assert set(parts[: tree.n_shared[k]]) == shared
        children = of(tree.first_child, tree.children, k)
        assert all(tree.parent[child] == k for child in children)
        assert len(children) + len(of(tree.first_own, tree.own, k)) <= MAX_PORTS
        assert len(of(tree.first_factor, tree.factors, k)) <= MAX_PORTS
    assert sorted(tree.children.tolist()) == [k for k in range(n_clusters) if tree.parent[k] >= 0]
    # Each factor once, where all its parts are; each part that is asked about once.
    assert sorted(tree.factors.tolist()) == list(range(len(active.offsets)))
    assert sorted(tree.own.tolist()) == np.flatnonzero(ported).tolist()
    for k in range(n_clusters):
        for factor in of(tree.first_factor, tree.factors, k):
            assert set(of(active.first_scope, active.scopes, factor)) <= set(clusters[k])
        assert set(of(tree.first_own, tree.own, k)) <= set(clusters[k])
    # The clusters that have a part hang together: one of them alone has no parent that has it too.
    for part in range(n):
        tops = [
            k
            for k in range(n_clusters)
            if part in clusters[k] and (tree.parent[k] < 0 or part not in clusters[tree.parent[k]])
        ]
        assert len(tops) == 1, part
    # One tree for each component of the graph.
    assert (tree.parent < 0).sum() == n_components(active)


def n_components(active: Active) -> int:
    group = list(range(len(active.parts)))

    def top(part: int) -> int:
        while group[part] != part:
            part = group[part]
        return part

    for factor in range(len(active.offsets)):
        scope = of(active.first_scope, active.scopes, factor)
        for part in scope[1:]:
            group[top(part)] = top(scope[0])
    return sum(top(part) == part for part in range(len(group)))


def check_narrowing(made: Made, active: Active, alive: Bools) -> None:
    """No possible world is lost, and what is left passes every factor."""
    worlds = made.possible()
    assert active.is_possible or not worlds
    if not active.is_possible:
        return
    assert (made.alive | ~alive).all()
    for world in worlds:
        assert all(alive[first + state] for first, state in zip(made.first_state, world, strict=False))
    open_parts = [
        part
        for part, size in enumerate(made.sizes)
        if sum(alive[made.first_state[part] : made.first_state[part] + size]) > 1
    ]
    assert active.parts.tolist() == open_parts
    kept = [
        np.flatnonzero(alive[made.first_state[p] : made.first_state[p] + made.sizes[p]])
        for p in range(len(made.sizes))
    ]
    for scope, table in zip(made.scopes, made.factors, strict=True):
        inner = table[np.ix_(*(kept[part] for part in scope))] > 0
        for axis in range(len(scope)):
            assert inner.any(axis=tuple(i for i in range(len(scope)) if i != axis)).all()


def check_cluster(made: Made, active: Active, tree: Tree, listing: Listing, k: int) -> None:
    """The cells and likelihoods of a cluster's entries are those of what is possible for its parts, each once."""
    chosen = projected(active, of(tree.first_part, tree.parts, k), made.possible())
    n_slots = int(active.first_state[-1])
    low, high = listing.first_sent[k] - n_slots, listing.first_sent[k + 1] - n_slots
    begin, end = listing.first_entry[low], listing.first_entry[high]
    factors, own = of(tree.first_factor, tree.factors, k), of(tree.first_own, tree.own, k)
    n_ports = len(of(tree.first_child, tree.children, k)) + len(own)
    cells = listing.cells[listing.first_cell[k] : listing.first_cell[k + 1]].reshape(
        end - begin, len(factors)
    )
    ports = listing.ports[listing.first_port[k] : listing.first_port[k + 1]].reshape(end - begin, n_ports)
    place = {part: number for number, part in enumerate(of(tree.first_part, tree.parts, k))}
    position = {int(part): number for number, part in enumerate(active.parts)}
    expected = []
    for states in chosen:
        row = []
        for factor in factors:
            number = int(active.factors[factor])
            at = 0
            for part in made.scopes[number]:
                open_part = position.get(part)
                state = only_state(made, part) if open_part is None else states[place[open_part]]
                at = at * int(made.sizes[part]) + state
            row.append(int(made.first_cell[number]) + at)
        for part in own:
            possible = active.states[active.first_state[part] : active.first_state[part + 1]].tolist()
            row.append(int(active.first_state[part]) + possible.index(states[place[part]]))
        expected.append(tuple(row))
    found = np.column_stack([cells, ports[:, n_ports - len(own) :]]).tolist()
    assert sorted(tuple(row) for row in found) == sorted(expected)
    assert listing.values[begin:end] == pytest.approx(made.tables[cells].prod(axis=1), rel=1e-15)


def only_state(made: Made, part: int) -> int:
    """The state of a part of which only one is open: the one all possible worlds have."""
    (state,) = {world[part] for world in made.possible()}
    return state


def projected(active: Active, parts: list[int], worlds: set[tuple[int, ...]]) -> set[tuple[int, ...]]:
    own = [int(active.parts[part]) for part in parts]
    return {tuple(world[part] for part in own) for world in worlds}


def check_entries(made: Made, active: Active, tree: Tree) -> None:
    listing = list_entries(
        tree, active.first_state, active.states, active.first_scope, active.scopes, active.strides,
        active.offsets, made.tables, NO_LIMIT,
    )  # fmt: skip
    worlds = made.possible()
    assert listing.outcome == MADE
    if (np.diff(listing.first_sent) == 0).any():
        assert not worlds
        return
    assert worlds, "every cluster has entries, so the tree says that something is possible"
    listing = pruned(tree, listing, active.first_state[-1])
    n_slots = int(active.first_state[-1])
    for k in range(len(tree.parent)):
        parts = of(tree.first_part, tree.parts, k)
        low, high = listing.first_sent[k] - n_slots, listing.first_sent[k + 1] - n_slots
        check_cluster(made, active, tree, listing, k)
        assert high - low == len(projected(active, parts[: tree.n_shared[k]], worlds))
    assert (np.diff(listing.first_entry) > 0).all()


@QUICK
@given(seed=Seed, measure=st.sampled_from((None, WEIGHT, FILL, WEIGHTED_FILL)))
def test_any_factor_graph_becomes_a_tree_with_just_the_possible_entries(
    seed: int, measure: int | None
) -> None:
    made = Made(seed, measure=measure)
    active, alive = made.active()
    check_narrowing(made, active, alive)
    if active.is_possible and len(active.parts):
        tree, ported, order = made.tree(active)
        check_tree(tree, active, ported, order)
        check_entries(made, active, tree)


@pytest.mark.long
@LONG
@given(seed=Seed, measure=st.sampled_from((None, WEIGHT, FILL, WEIGHTED_FILL)))
def test_many_factor_graphs_become_trees_with_just_the_possible_entries(
    seed: int, measure: int | None
) -> None:
    test_any_factor_graph_becomes_a_tree_with_just_the_possible_entries.hypothesis.inner_test(seed, measure)  # type: ignore[attr-defined]


@QUICK
@given(seed=Seed, n=st.sampled_from((63, 64, 65, 130)))
def test_large_factor_graphs_become_trees(seed: int, n: int) -> None:
    """Around the width of a word of bits; entries are not listed."""
    made = Made(seed, n=n, measure=FILL)
    made.tables[:] = 1.0
    made.alive[:] = True
    active, _ = made.active()
    tree, ported, order = made.tree(active)
    check_tree(tree, active, ported, order)


@pytest.mark.parametrize("n_children", [7, 8, 9, 64, 65, 2000])
def test_a_hub_becomes_a_tree_of_collectors(n_children: int) -> None:
    """Observed children meet in the root alone: factors and ports are spread over many clusters."""
    network = compile_network(networks.hub(n_children))
    program = network.programs.for_any(
        np.ones(n_children + 1, dtype=np.bool_), frozenset(range(n_children + 1)), np.inf
    )
    assert program is not None
    arrays = program.arrays
    assert np.diff(arrays.first_source).max() <= MAX_PORTS
    n_entries = np.diff(program.cluster_entries)
    assert (np.diff(program.first_cell) <= MAX_PORTS * n_entries).all()
    assert arrays.is_root.sum() == 1
    assert n_entries.sum() <= 60 * n_children


def wide_factors(n_roots: int) -> Model:
    """Every pair of roots has a child: more factors in one clique than a cluster may have."""
    roots = tuple(variable(f"r{i}", "y n", Prior((0.4, 0.6))) for i in range(n_roots))
    pairs = [(i, j) for i in range(n_roots) for j in range(i)]
    table = (0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6)
    children = tuple(variable(f"c{i}_{j}", "y n", FullTable((f"r{i}", f"r{j}"), table)) for i, j in pairs)
    return Model("wide_factors", (*roots, *children))


@pytest.mark.parametrize("n_roots", [4, 5, 7])
def test_a_clique_of_many_factors_equals_the_sum_over_the_roots(n_roots: int) -> None:
    network = compile_network(wide_factors(n_roots))
    findings = {f"c{i}_{j}": "y" for i in range(n_roots) for j in range(i)}
    posterior = network.posterior(findings)
    table = np.array([[0.1, 0.2], [0.3, 0.4]])
    total, yes = 0.0, np.zeros(n_roots)
    for world in product((0, 1), repeat=n_roots):
        p = np.prod([(0.4, 0.6)[state] for state in world])
        p *= np.prod([table[world[i], world[j]] for i in range(n_roots) for j in range(i)])
        total += p
        yes += p * (np.array(world) == 0)
    assert posterior.log_evidence[0] == pytest.approx(np.log(total), abs=1e-12)
    found = [posterior.probability(f"r{i}", "y")[0] for i in range(n_roots)]
    assert found == pytest.approx(list(yes / total), abs=1e-12)


# ── the order of chains ───────────────────────────────────────────────────────────────────────


@QUICK
@given(data=st.data())
def test_no_order_of_links_changes_a_belief(data: st.DataObject) -> None:
    network = compile_network(data.draw(models()))
    families = [
        family for family in network.families if isinstance(family, LinkFamily) and family.rule == "max"
    ]
    row = network.rows([data.draw(evidences(network.model))], premise=True)[0]
    support, _ = network.programs.pattern(row)
    slots = np.append(support, np.ones(len(network.layout.events), dtype=np.bool_))
    keep = network.programs.relevant([], frozenset(range(len(network.layout.names))))
    decomposition = network.programs.decomposition
    asked = np.ones(network.layout.n_slots, dtype=np.bool_)

    def computed(orders: dict[int, tuple[int, ...]]) -> tuple[Floats, Floats]:
        program = make_program(
            outline_of(decomposition.graph(support, keep, orders), slots), asked, Limits(10**9, 100.0)
        )
        return kernel_jit.run(program, program.tables, row[None])

    beliefs, log_evidence = computed({})
    orders = {
        family.child: tuple(data.draw(st.permutations(range(len(family.contributions)))))
        for family in families
    }
    graph = decomposition.graph(support, keep)
    searched = dict(better_orders(graph, outline_of(graph, slots).active, Tries(30, 30, 0.0)))
    for family, order in searched.items():
        assert sorted(order) == list(range(len(network.families[family].contributions)))  # type: ignore[union-attr]
    for other in (orders, searched):
        moved, log_moved = computed(other)
        assert log_moved == pytest.approx(log_evidence, abs=1e-10)
        assert moved == pytest.approx(beliefs, abs=1e-10)


def crossed(n_causes: int, n_stages: int) -> Model:
    """Stages that share causes in an order that suits none of them: chains are worth reordering."""
    random = np.random.default_rng(10)
    causes = tuple(variable(f"c{i}", "no yes", Prior((0.9, 0.1))) for i in range(n_causes))
    stages = tuple(
        variable(
            f"s{j}",
            "ok bad",
            NoisyMax(
                tuple(
                    Link(f"c{i}", "yes", "bad", 0.3 + 0.05 * j) for i in random.permutation(n_causes).tolist()
                ),
                {"bad": 0.01},
            ),
        )
        for j in range(n_stages)
    )
    return Model("crossed", (*causes, *stages))


def test_orders_that_were_searched_for_change_no_belief() -> None:
    """So many cells that orders are searched for; against quickscore's sum over the stages, few enough to be exact."""
    n_causes, n_stages = 14, 4
    model = crossed(n_causes, n_stages)
    network = compile_network(model)
    findings = {f"s{j}": "bad" for j in range(n_stages)}
    row = network.rows([Evidence(model, findings)], premise=False)[0]
    support, _ = network.programs.pattern(row)
    keep = network.programs.relevant([], frozenset(range(n_causes + n_stages)))
    graph = network.programs.decomposition.graph(support, keep)
    outline = outline_of(graph, np.append(support, True), restarts=0)
    assert better_orders(graph, outline.active, Tries(60, 60, 0.0))
    total, joint = 0.0, np.zeros(n_causes)
    for off in product((False, True), repeat=n_stages):
        silent = np.prod([1 - (0.3 + 0.05 * j) for j in range(n_stages) if off[j]])
        term = (-1) ** sum(off) * 0.99 ** sum(off)
        total += term * (0.9 + 0.1 * silent) ** n_causes
        joint += term * 0.1 * silent * (0.9 + 0.1 * silent) ** (n_causes - 1)
    posterior = network.posterior(findings)
    assert posterior.log_evidence[0] == pytest.approx(np.log(total), abs=1e-9)
    found = [posterior.probability(f"c{i}", "yes")[0] for i in range(n_causes)]
    assert found == pytest.approx(list(joint / total), abs=1e-9)
