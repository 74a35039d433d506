"""A stored case as a plain dictionary: the JSON that commands print and services answer."""

from __future__ import annotations

from typing import Any

from bayesdiag.store.record import CaseRecord


def record_document(record: CaseRecord) -> dict[str, Any]:
    """Return a case: what it comes to, and its whole history."""
    attempts = [{name: kept.seen for name, kept in attempt.items()} for attempt in record.earlier]
    return {
        **summary_document(record),
        "premise": record.premise,
        "weight": record.weight,
        "said": {
            name: {
                "who": finding.who,
                "when": finding.when,
                "comment": finding.comment,
                "seq": finding.seq,
                **({"reports": dict(finding.told)} if len(finding.told) > 1 else {}),
            }
            for name, finding in record.findings.items()
        },
        **({"attempts": attempts} if attempts else {}),
        "notes": list(record.notes),
        "diagnosis": record.diagnosis,
        "history": [
            {
                "seq": seq,
                "id": event.id,
                "at": event.at,
                "by": event.by,
                "kind": event.kind,
                "body": event.body,
                "undone": seq in record.undone,
            }
            for seq, event in enumerate(record.events, start=1)
        ],
    }


def summary_document(record: CaseRecord) -> dict[str, Any]:
    """Return what a list of cases tells about one."""
    first = record.first_cause
    return {
        "id": record.id,
        "version": record.version,
        "status": record.status,
        "opened_at": record.events[0].at,
        "changed_at": max(event.at for event in record.events),
        "closed_at": record.closed_at or None,
        "handler": record.handler or None,
        "when": record.when or None,
        "model": {name: record.model.get(name) for name in ("name", "version", "digest")}
        if record.model
        else None,
        "findings": {name: finding.seen for name, finding in record.findings.items()},
        "first_cause": {"id": first[0], "state": first[1]} if first else None,
        "confirmed": dict(record.confirmed),
        "excluded": {cause: list(states) for cause, states in record.excluded.items()},
        "minutes": record.minutes,
        "money": record.money,
    }
