"""A model as YAML text that a person can read and review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from bayesdiag.model import (
    Cluster,
    Code,
    Condition,
    FirstActive,
    FullTable,
    Link,
    Model,
    Price,
    Prior,
    Question,
    Repair,
    State,
    StateMap,
    Table,
    Text,
    Variable,
    Weight,
    Wordings,
)
from bayesdiag.modelfile.document import plain_value
from bayesdiag.modelfile.read import FORMAT
from bayesdiag.modelfile.scalars import number_word
from bayesdiag.modelfile.variables import SECTIONS

Tree = dict[str, Any]

_BREAKS = set("\x85\u2028\u2029")
"""Line ends to YAML, which would turn them into others; in quotes they are escaped."""

_PLAIN = "tag:yaml.org,2002:str"
"""Everything is written as plain text, so that no tag is; what it means is the reader's business."""


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _FlowList(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes what `document.read_document` reads: YAML 1.2 words, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        """Write every value out."""
        return True


def dumps(model: Model) -> str:
    """Return the text of a model file; reading it gives an equal model."""
    return "\n".join(_block(key, value) for key, value in _model(model).items())


def _block(key: str, value: Any) -> str:
    text: str = yaml.dump({key: value}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def _word(dumper: yaml.SafeDumper, word: str) -> yaml.ScalarNode:
    # Quote what YAML 1.2 would not read as this word; leave yes and no alone, they are words there.
    style = '"' if plain_value(word) != word or word == "<<" or _BREAKS & set(word) else None
    return dumper.represent_scalar(_PLAIN, word, style=style)


def _number(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    return dumper.represent_scalar(_PLAIN, number_word(number))


_Dumper.add_representer(str, _word)
_Dumper.add_representer(float, _number)
_Dumper.add_representer(int, _number)
_Dumper.add_representer(bool, lambda d, v: d.represent_scalar(_PLAIN, str(v).lower()))
_Dumper.add_representer(
    _Flow, lambda d, v: d.represent_mapping("tag:yaml.org,2002:map", v.items(), flow_style=True)
)
_Dumper.add_representer(
    _FlowList, lambda d, v: d.represent_sequence("tag:yaml.org,2002:seq", v, flow_style=True)
)
_Dumper.yaml_implicit_resolvers = {}  # PyYAML would quote yes and no, which are words in YAML 1.2


_SAYS_NOTHING: tuple[Any, ...] = ("", {}, [])


def _filled(tree: Tree) -> Tree:
    """Return the tree without what says nothing: what reading would fill in by itself."""
    return {
        key: value
        for key, value in tree.items()
        if value is not None and value is not False and value not in _SAYS_NOTHING
    }


def _model(model: Model) -> Tree:
    premise = model.premise
    return _filled(
        {
            "format": FORMAT,
            "name": model.name,
            "version": model.version,
            "label": _text(model.label),
            "note": model.note,
            "currency": model.currency,
            "money_per_minute": model.money_per_minute,
            "wait_weight": model.wait_weight,
            "unlisted_fix": model.unlisted_fix,
            "premise": premise
            and _filled(
                {
                    "variable": premise.variable,
                    "exclude": _FlowList(premise.exclude),
                    "p": premise.p,
                    "ess": premise.ess,
                    "source": premise.source,
                    "unknown": premise.unknown,
                }
            ),
            "sources": {
                s.id: {"what": s.what, "address": s.address, "trust": s.trust} for s in model.sources
            },
            "contacts": {
                c.id: _filled({"label": _text(c.label), "help": _text(c.help)}) for c in model.contacts
            },
            **{
                section: {v.id: _variable(v) for v in model.variables if v.kind == kind}
                for section, kind in SECTIONS.items()
            },
            "clusters": {c.id: _cluster(c) for c in model.clusters},
            "repairs": {repair.id: _repair(repair) for repair in model.repairs},
            "dialects": _dialects(model),
            "messages": [
                {
                    "texts": _FlowList(m.texts),
                    "meaning": _text(m.meaning),
                    "variable": m.variable,
                    "state": m.state,
                    "causes": _findings(m.causes),
                    "repairs": _FlowList(m.repairs),
                }
                for m in model.messages
            ],
            "coverage": [
                {"kind": c.kind, "zh": c.phrase.zh, "en": c.phrase.en, "targets": _FlowList(c.targets)}
                for c in model.coverage
            ],
            "faq_order": [
                {"zh": step.label.zh, "en": step.label.en, "ask": _FlowList(step.ask)}
                for step in model.faq_order
            ],
            "renamed": dict(model.renamed),
            "wordings": _wordings(model.wordings),
        }
    )


def _wordings(wordings: Wordings) -> Tree:
    return _filled(
        {
            "words": {group: _FlowList(words) for group, words in wordings.words.items()},
            "names": {variable: _FlowList(words) for variable, words in wordings.names.items()},
            "others": _FlowList(wordings.others),
            "findings": {"=".join(told): _FlowList(words) for told, words in wordings.findings.items()},
        }
    )


def _text(text: Text) -> Tree:
    if not text:
        return {}
    short = len(text.zh) * 2 + len(text.en) < 80
    return (_Flow if short else dict)({"zh": text.zh, "en": text.en})


def _weight(weight: Weight | None) -> Tree:
    if weight is None:
        return {}
    stated = {"source": weight.source, "grade": weight.grade, "fixed": weight.fixed}
    worth = {} if weight.fixed or not weight.source else {"ess": weight.ess, "within": weight.within}
    return {**worth, **_filled(stated)}


def _condition(when: Condition) -> _Flow:
    return _Flow(
        {name: states[0] if len(states) == 1 else _FlowList(states) for name, states in when.items()}
    )


def _findings(findings: Iterable[tuple[str, str]]) -> _FlowList:
    return _FlowList(f"{variable}={state}" for variable, state in findings)


def _variable(variable: Variable) -> Tree:
    tree: Tree = {"label": _text(variable.label)}
    if variable.kind == "plain" and not any(state.label for state in variable.states):
        tree["states"] = _FlowList(variable.state_ids)
    else:
        tree["states"] = {s.id: _state(s) for s in variable.states}
    tree |= _cpt(variable)
    tree |= _weight(variable.weight)
    tree["question"] = _question(variable.question)
    tree["contacts"] = _FlowList(variable.contacts)
    tree["contacts_of_state"] = {s: _FlowList(who) for s, who in variable.contacts_of_state.items()}
    if variable.next_attempt:
        again = variable.next_attempt
        kept, changed = _FlowList(again.keeps), _FlowList(again.changes)
        tree["next_attempt"] = _filled({"keeps": kept, "changes": changed, "does": again.does})
    tree["synonyms"] = _FlowList(variable.synonyms)
    return _filled(tree)


def _state(state: State) -> Tree:
    more = _filled({"explain": _text(state.explain), "synonyms": _FlowList(state.synonyms)})
    return {**_text(state.label), **more} if more else _text(state.label)


def _question(question: Question | None) -> Tree:
    if question is None:
        return {}
    return _filled(
        {
            "text": _text(question.text),
            "help": _text(question.help),
            "minutes": question.minutes,
            "money": question.money,
            "wait_minutes": question.wait_minutes,
            "who": _FlowList(question.who),
            "group": question.group,
            "requires": _condition(question.requires),
            "clusters": _FlowList(question.clusters),
            "cost_after": _cost_after(question.cost_after),
            "asked": question.asked if question.asked != "ranked" else "",
        }
    )


def _cost_after(prices: Mapping[str, Price]) -> Tree:
    return {name: _Flow(_priced(price)) for name, price in prices.items()}


def _cpt(variable: Variable) -> Tree:
    cpt = variable.cpt
    if isinstance(cpt, Prior):
        return {"prior": _FlowList(cpt.p)}
    if isinstance(cpt, Table):
        rows = [
            _Flow({"when": _condition(r.when), "p": _FlowList(r.p), **_weight(r.weight)}) for r in cpt.rows
        ]
        named = tuple(dict.fromkeys(name for row in cpt.rows for name in row.when))
        return {**({} if named == cpt.parents else {"parents": _FlowList(cpt.parents)}), "table": rows}
    if isinstance(cpt, FullTable):
        return {"full_table": {"parents": _FlowList(cpt.parents), "p": _FlowList(cpt.p)}}
    if isinstance(cpt, StateMap):
        return {"map": {"parent": cpt.parent, "rows": {s: _Flow(row) for s, row in cpt.rows.items()}}}
    links = [_link(link) for link in cpt.links]
    if isinstance(cpt, FirstActive):
        return {"first_active": {"order": _FlowList(cpt.order), "links": links}}
    form = "noisy_or" if len(variable.states) == 2 else "noisy_max"
    return {form: {**({"leak": _Flow(cpt.leak)} if cpt.leak else {}), "links": links}}


def _link(link: Link) -> _Flow:
    tree: Mapping[str, Any] = {"parent": link.parent, "state": link.state, "to": link.to, "p": link.p}
    gate = {"when": _condition(link.when)} if link.when else {}
    persistent = {} if link.persistent is None else {"persistent": link.persistent}
    return _Flow({**tree, **gate, **persistent, **_weight(link.weight)})


def _repair(repair: Repair) -> Tree:
    tree = _filled(
        {
            "label": _text(repair.label),
            "text": _text(repair.text),
            "minutes": repair.minutes,
            "money": repair.money,
            "wait_minutes": repair.wait_minutes,
            "who": _FlowList(repair.who),
            "repeatable": repair.repeatable,
            "prevention": repair.prevention,
            "workaround": repair.workaround,
            "last_resort": repair.last_resort,
            "never_when": _findings(repair.never_when),
            "show_first_when": _findings(repair.show_first_when),
            "requires": _condition(repair.requires),
            "clusters": _FlowList(repair.clusters),
            "cost_after": _cost_after(repair.cost_after),
            "fixes": {f"{variable}={state}": p for (variable, state), p in repair.fixes.items()},
        }
    )
    return tree | _weight(repair.weight)


def _cluster(cluster: Cluster) -> Tree:
    return {"label": _text(cluster.label), **_priced(cluster)}


def _priced(step: Cluster | Price) -> Tree:
    return {"minutes": step.minutes, "money": step.money, "wait_minutes": step.wait_minutes}


def _dialects(model: Model) -> Tree:
    return {
        dialect.id: _filled({"standard": dialect.standard, "default": dialect.default})
        | {
            "variable": next((c.variable for c in model.codes if c.dialect == dialect.id), ""),
            "codes": {code.code: _code(code) for code in model.codes if code.dialect == dialect.id},
        }
        for dialect in model.dialects
    }


def _code(code: Code) -> Tree:
    return _filled(
        {
            "meaning": _text(code.meaning),
            "text": code.text,
            "state": code.state,
            "approved": code.approved,
            "note": _text(code.note),
            "contacts": _FlowList(code.contacts),
            "repairs": _FlowList(code.repairs),
            "linked_transaction": code.linked_transaction,
            "legacy": code.legacy,
        }
    )
