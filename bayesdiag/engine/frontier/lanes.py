"""Thirty-two numbers side by side: an LLVM vector as a numba type, for the loops of `sweep`.

Plain inner loops are left scalar by the compiler where arrays might overlap; these are not.
The vector is wider than any machine's: LLVM splits it over the registers there are.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.extending import models, register_model

LANES = 32
"""Numbers in a vector."""
SUMS = 8
"""Numbers in a running sum of products; a vector is folded onto it."""

_intrinsic: Any = extending.intrinsic  # its own type would hide the arguments of what it wraps
_cgutils: Any = cgutils
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_SUM = ir.VectorType(ir.DoubleType(), SUMS)


class LanesType(types.Type):
    """The numba type of a vector."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


lanes = LanesType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _VECTOR)  # type: ignore[no-untyped-call]


def _pointer(context: Any, builder: Any, array_type: Any, values: tuple[Any, Any], vector: Any) -> Any:
    array = context.make_array(array_type)(context, builder, values[0])
    place = builder.gep(array.data, [values[1]])
    return builder.bitcast(place, vector.as_pointer())


def _spread(builder: Any, number: Any) -> Any:
    """Return a vector that holds one number everywhere."""
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), places)


def _multiply_add(builder: Any, kind: Any, size: int, numbers: tuple[Any, Any, Any]) -> Any:
    """Return a · b + c, in one instruction where the machine has it."""
    name = f"llvm.fmuladd.v{size}f64"
    function = _cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
    return builder.call(function, numbers)


@_intrinsic
def filled(typing_context: Any, number: Any) -> Any:
    """Return a vector that holds one number everywhere."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _spread(builder, values[0])

    return lanes(types.float64), write


@_intrinsic
def loaded(typing_context: Any, array: Any, place: Any) -> Any:
    """Return the 32 numbers of a flat array that begin at a place."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(_pointer(context, builder, signature.args[0], values, _VECTOR), align=8)

    return lanes(array, types.intp), write


@_intrinsic
def store(typing_context: Any, array: Any, place: Any, vector: Any) -> Any:
    """Write a vector into a flat array from a place on."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], values[:2], _VECTOR)
        builder.store(values[2], pointer, align=8)
        return context.get_dummy_value()

    return types.none(array, types.intp, lanes), write


@_intrinsic
def plus(typing_context: Any, total: Any, number: Any, vector: Any) -> Any:
    """Return total + number · vector."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        spread = _spread(builder, values[1])
        return _multiply_add(builder, _VECTOR, LANES, (spread, values[2], values[0]))

    return lanes(lanes, types.float64, lanes), write


@_intrinsic
def highest(typing_context: Any, one: Any, other: Any) -> Any:
    """Return the larger of two vectors, lane by lane."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", values[0], values[1]), values[0], values[1])

    return lanes(lanes, lanes), write


@_intrinsic
def add_products(typing_context: Any, sums: Any, place: Any, one: Any, other: Any) -> Any:
    """Add one · other, folded onto eight numbers, to a flat array from a place on."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], values[:2], _SUM)
        total = builder.load(pointer, align=8)
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        for start in range(0, LANES, SUMS):
            places = ir.Constant(ir.VectorType(ir.IntType(32), SUMS), list(range(start, start + SUMS)))
            pair = [builder.shuffle_vector(vector, undefined, places) for vector in values[2:]]
            total = _multiply_add(builder, _SUM, SUMS, (pair[0], pair[1], total))
        builder.store(total, pointer, align=8)
        return context.get_dummy_value()

    return types.none(sums, types.intp, lanes, lanes), write
