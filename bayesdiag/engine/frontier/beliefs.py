"""Rows of likelihoods in, rows of beliefs out, for a two-layer network."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from bayesdiag.engine.frontier.core import Members, Plan, members_of, numbers_of, plan_of
from bayesdiag.engine.frontier.layer import TwoLayer
from bayesdiag.engine.frontier.peel import Peeled, peeled, unpeeled
from bayesdiag.engine.frontier.sweep import Toward, sweep
from bayesdiag.engine.layout import Floats

def one(network: TwoLayer, row: Floats, max_bytes: int):
    left = peeled(network, row)
    C, X = len(left.log_weight), len(left.bit_finding)
    toward = (np.full((C, 2), -np.inf), np.full((X, 2), -np.inf), np.full((X, 2), -np.inf))
    log_e = left.log_scale
    if log_e > -np.inf and left.alive.any():
        members = members_of(left, network)
        plan = plan_of(members.core, max_bytes)
        numbers, scale = numbers_of(left, members, network)
        t = Toward(*(np.zeros((n, 2)) for n in (len(members.causes), len(members.bits), len(members.bits))))
        found, doubtful = sweep(plan.steps, numbers, plan.both, np.empty(plan.n_both), t)
        log_e += found + scale
        with np.errstate(divide="ignore"):
            # derivatives are by the scaled numbers
            toward[0][members.causes] = np.log(t.cause) - left.log_weight[members.causes].max(axis=1, keepdims=True)
            toward[1][members.bits] = np.log(t.bit) - left.log_open[members.bits].max(axis=1, keepdims=True)
            toward[2][members.bits] = np.log(t.seen)
    causes, findings = unpeeled(left, network, toward)
    return causes, findings, left.bit_finding, log_e
