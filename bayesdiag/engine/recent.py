"""What was made recently, kept for the next time; safe to use from several threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass
class Recent(Generic[Key, Value]):
    """A bounded store: what was not asked for longest goes first.

    Attributes:
        size: How much is kept: how many values, or how heavy they are together.
        weigh: How much a value weighs; the newest is kept however heavy it is.
    """

    size: int
    weigh: Callable[[Value], int] = lambda _: 1
    _weight: int = field(default=0, repr=False)
    _values: OrderedDict[Key, Value] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __len__(self) -> int:
        return len(self._values)

    def recall(self, key: Key) -> Value | None:
        """Return what is kept under the key, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value and return it."""
        with self._lock:
            if key in self._values:
                self._weight -= self.weigh(self._values.pop(key))
            self._values[key] = value
            self._weight += self.weigh(value)
            while self._weight > self.size and len(self._values) > 1:
                self._weight -= self.weigh(self._values.popitem(last=False)[1])
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._weight = 0
