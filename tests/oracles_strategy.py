"""Slow twins of the planners: plain recursion over strategies, worlds as dictionaries; and random problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np

from bayesdiag.diagnosis.strategy import Action, Cluster, Problem, Question

Worlds = dict[tuple[int, frozenset[int]], float]
"""(world, faults still there) → weight; not normalised."""


@dataclass
class BruteForce:
    """The least expected cost over all strategies, by trying every step everywhere.

    Nothing is shared with the package but the statement of the problem.
    """

    problem: Problem
    remembers: bool = False
    known: dict[frozenset[object], float] = field(default_factory=dict)

    def cost(self) -> float:
        start = {
            (w, frozenset(np.flatnonzero(self.problem.present[w]).tolist())): float(weight)
            for w, weight in enumerate(self.problem.weights)
        }
        return self.least(start, []) / float(self.problem.weights.sum())

    def least(self, worlds: Worlds, history: list[tuple[str, str]]) -> float:
        mass = sum(worlds.values())
        if mass <= 1e-13:
            return 0.0
        key = frozenset((step, answer, history.count((step, answer))) for step, answer in history)
        if self.remembers and key in self.known:
            return self.known[key]
        acted, asked = self.after_actions(worlds, mass, history), self.after_questions(worlds, mass, history)
        if self.problem.escalation is not None:
            best = min([mass * self.problem.escalation, *acted, *asked])
        else:
            best = min([*acted, *asked]) if acted else 0.0
        self.known[key] = best
        return best

    def after_actions(self, worlds: Worlds, mass: float, history: list[tuple[str, str]]) -> list[float]:
        done, found = {step for step, _ in history}, []
        for action in self.problem.actions:
            if history.count((action.id, "")) == action.tries or self.harms(action, worlds, mass):
                continue
            fixed = {fault for fault, p in enumerate(map(action.fixes.get, self.problem.faults)) if p}
            if sum(weight for (_, faults), weight in worlds.items() if faults & fixed) > 1e-12 * mass:
                later = self.least(self.failed(action, worlds), [*history, (action.id, "")])
                found.append(mass * self.price(action, done) + later)
        return found

    def after_questions(self, worlds: Worlds, mass: float, history: list[tuple[str, str]]) -> list[float]:
        done = {step for step, _ in history}
        return [
            mass * self.price(question, done) + self.asked(question, worlds, history)
            for question in self.problem.questions
            if question.id not in done and not self.harms(question, worlds, mass)
        ]

    def asked(self, question: Question, worlds: Worlds, history: list[tuple[str, str]]) -> float:
        total = 0.0
        for k, answer in enumerate(question.answers):
            after = {key: weight * float(question.likelihoods[key[0], k]) for key, weight in worlds.items()}
            total += self.least(
                {key: w for key, w in after.items() if w > 0}, [*history, (question.id, answer)]
            )
        return total

    def failed(self, action: Action, worlds: Worlds) -> Worlds:
        after: Worlds = {}
        for (world, faults), weight in worlds.items():
            there = sorted(faults)
            for gone in product([False, True], repeat=len(there)):
                if all(gone):
                    continue
                p = weight
                for fault, is_gone in zip(there, gone, strict=True):
                    fix = action.fixes.get(self.problem.faults[fault], 0.0)
                    p *= fix if is_gone else 1 - fix
                if p > 0:
                    rest = frozenset(f for f, is_gone in zip(there, gone, strict=True) if not is_gone)
                    after[world, rest] = after.get((world, rest), 0.0) + p
        return after

    def harms(self, step: Action | Question, worlds: Worlds, mass: float) -> bool:
        if step.never_in is None:
            return False
        harm = sum(weight for (world, _), weight in worlds.items() if step.never_in[world])
        return harm > (self.problem.risk + 1e-12) * mass

    def price(self, step: Action | Question, done: set[str]) -> float:
        steps = {other.id: other for other in self.problem.steps}
        opened = {cluster for other in done for cluster in steps[other].clusters}
        base = min([step.cost, *(cost for other, cost in step.cost_after.items() if other in done)])
        opening = {cluster.id: cluster.cost for cluster in self.problem.clusters}
        return base + sum(opening[cluster] for cluster in set(step.clusters) - opened)


def random_problem(
    random: np.random.Generator,
    *,
    n_faults: tuple[int, int] = (4, 8),
    n_actions: tuple[int, int] = (3, 8),
    n_questions: tuple[int, int] = (0, 3),
) -> Problem:
    """Return a problem: 4 to 8 causes, 3 to 8 actions covering 1 to 3 each, up to 3 questions, costs 1 to 30.

    Some have worlds with two causes, repairs that may fail, clusters, prices that fall, second
    tries, forbidden steps; half have somebody to hand over to.
    """

    def cost() -> float:
        return float(np.exp(random.uniform(0, np.log(30))))

    faults = tuple(f"C{i}" for i in range(random.integers(n_faults[0], n_faults[1] + 1)))
    present = np.eye(len(faults), dtype=bool)
    if random.random() < 0.3:
        pairs = np.zeros((2, len(faults)), dtype=bool)
        for row in pairs:
            row[random.choice(len(faults), size=2, replace=False)] = True
        present = np.concatenate([present, pairs])
    n_worlds = len(present)
    perfect, has_clusters = random.random() < 0.5, random.random() < 0.2
    actions = []
    for i in range(random.integers(n_actions[0], n_actions[1] + 1)):
        covered = random.choice(faults, size=random.integers(1, 4), replace=False)
        fixes = {str(name): 1.0 if perfect else float(random.uniform(0.5, 1)) for name in covered}
        never_in = random.random(n_worlds) < 0.2 if random.random() < 0.1 else None
        actions.append(
            Action(
                id=f"A{i}",
                cost=cost(),
                fixes=fixes,
                tries=2 if not perfect and random.random() < 0.1 else 1,
                clusters=("back",) if has_clusters and random.random() < 0.5 else (),
                never_in=never_in,
            )
        )
    questions = []
    for i in range(random.integers(n_questions[0], n_questions[1] + 1)):
        answers = ("no", "yes") if random.random() < 0.7 else ("no", "yes", "unclear")
        sharpness = 20.0 if random.random() < 0.5 else 2.0
        likelihoods = random.random((n_worlds, len(answers))) ** sharpness
        # No answer is so rare that rounding decides whether anything is left to repair.
        likelihoods = (likelihoods + 1e-3) / (likelihoods + 1e-3).sum(axis=1, keepdims=True)
        cheaper = {"A0": 0.5} if random.random() < 0.1 else {}
        questions.append(
            Question(id=f"Q{i}", cost=cost(), answers=answers, likelihoods=likelihoods, cost_after=cheaper)
        )
    return Problem(
        faults=faults,
        weights=random.dirichlet(np.ones(n_worlds)),
        present=present,
        actions=tuple(actions),
        questions=tuple(questions),
        escalation=float(random.uniform(20, 100)) if random.random() < 0.5 else None,
        clusters=(Cluster("back", cost()),),
        risk=float(random.choice([0.05, 0.2])),
    )
