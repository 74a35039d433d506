"""Sixteen rows side by side: a number type of numba that becomes a vector of the processor.

Plain loops over the rows of a block are not always turned into vector instructions; these
functions always are. LLVM splits the sixteen into what the machine has. Every operation works
on each row alone and in the same order as its scalar twin, so a row comes to the same number
wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.extending import models, register_model

N_LANES = 16
"""Rows handled together."""

_intrinsic: Any = extending.intrinsic  # its own type would hide the arguments of what it wraps
_VECTOR = ir.VectorType(ir.DoubleType(), N_LANES)


class Lanes(types.Type):
    """The type of `N_LANES` numbers side by side."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes{N_LANES}")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _VECTOR)  # type: ignore[no-untyped-call]


_LANES = Lanes()


def _pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return where the lanes of one message slot start."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    first = builder.mul(arguments[1], ir.Constant(arguments[1].type, N_LANES))
    return builder.bitcast(builder.gep(array.data, [first]), _VECTOR.as_pointer())


@_intrinsic
def load(_: Any, array: Any, slot: Any) -> Any:
    """Return the lanes of one message slot of an array of shape (slots · N_LANES,)."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(context, builder, signature, arguments), align=8)

    return _LANES(array, types.int64), code


@_intrinsic
def store(_: Any, array: Any, slot: Any, lanes: Any) -> Any:
    """Write the lanes of one message slot."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _pointer(context, builder, signature, arguments), align=8)
        return context.get_dummy_value()

    return types.void(array, types.int64, _LANES), code


@_intrinsic
def spread(_: Any, number: Any) -> Any:
    """Return the same number in every lane."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        one = builder.insert_element(undefined, arguments[0], ir.Constant(ir.IntType(32), 0))
        places = ir.Constant(ir.VectorType(ir.IntType(32), N_LANES), [0] * N_LANES)
        return builder.shuffle_vector(one, undefined, places)

    return _LANES(types.float64), code


@_intrinsic
def total(_: Any, lanes: Any) -> Any:
    """Return the sum over the lanes, from the first to the last."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        result = builder.extract_element(arguments[0], ir.Constant(ir.IntType(32), 0))
        for lane in range(1, N_LANES):
            result = builder.fadd(
                result, builder.extract_element(arguments[0], ir.Constant(ir.IntType(32), lane))
            )
        return result

    return types.float64(_LANES), code


def _operation(write: Callable[[Any, Any, Any], Any], doc: str) -> Any:
    def operation(_: Any, left: Any, right: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return write(builder, *arguments)

        return _LANES(_LANES, _LANES), code

    operation.__doc__ = doc
    return _intrinsic(operation)


def _larger(builder: Any, left: Any, right: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", left, right), left, right)


def _least_positive(builder: Any, least: Any, number: Any) -> Any:
    zero = ir.Constant(_VECTOR, [0.0] * N_LANES)
    below = builder.fcmp_ordered("<", number, least)
    return builder.select(builder.and_(builder.fcmp_ordered(">", number, zero), below), number, least)


add = _operation(lambda builder, left, right: builder.fadd(left, right), "Return left + right.")
multiply = _operation(lambda builder, left, right: builder.fmul(left, right), "Return left · right.")
divide = _operation(lambda builder, left, right: builder.fdiv(left, right), "Return left / right.")
larger = _operation(_larger, "Return the larger of each pair.")
least_positive = _operation(
    _least_positive, "Return the first, or the second where it is smaller and above 0."
)
