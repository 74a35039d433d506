"""Numbers side by side: types of numba that become vectors of the processor.

Plain loops are not always turned into vector instructions, since the compiler cannot know that
arrays do not overlap; these functions always are. LLVM splits a vector into what the machine
has. Every operation works on each number alone, and sums go in a fixed order, so what comes out
is the same whatever the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.extending import models, register_model

_intrinsic: Any = extending.intrinsic  # its own type would hide the arguments of what it wraps


class VectorType(types.Type):
    """The type of so many numbers side by side."""

    def __init__(self, name: str, width: int) -> None:
        super().__init__(name=f"{name}{width}")
        self.width = width


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, ir.VectorType(ir.DoubleType(), fe_type.width))  # type: ignore[no-untyped-call]


class Vectors:
    """What can be done in compiled loops with so many numbers side by side.

    Args:
        name: What numba calls their type.
        width: Numbers side by side.
    """

    def __init__(self, name: str, width: int) -> None:
        self.width, self.type = width, VectorType(name, width)
        self.vector = ir.VectorType(ir.DoubleType(), width)

    def load(self, step: int) -> Any:
        """Return a function of an array and a place: the numbers from array[place · step] on."""

        @_intrinsic
        def load(_: Any, array: Any, place: Any) -> Any:
            def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                return builder.load(self._pointer(step, context, builder, signature, arguments), align=8)

            return self.type(array, types.int64), code

        return load

    def store(self, step: int) -> Any:
        """Return a function of an array, a place and numbers that writes them from array[place · step] on."""

        @_intrinsic
        def store(_: Any, array: Any, place: Any, numbers: Any) -> Any:
            def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                pointer = self._pointer(step, context, builder, signature, arguments)
                builder.store(arguments[2], pointer, align=8)
                return context.get_dummy_value()

            return types.void(array, types.int64, self.type), code

        return store

    def spread(self) -> Any:
        """Return a function of a number: the same number in every place."""

        @_intrinsic
        def spread(_: Any, number: Any) -> Any:
            def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                undefined = ir.Constant(self.vector, ir.Undefined)
                one = builder.insert_element(undefined, arguments[0], _number(0))
                places = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
                return builder.shuffle_vector(one, undefined, places)

            return self.type(types.float64), code

        return spread

    def reduction(self, write: Callable[[Any, Any, Any], Any]) -> Any:
        """Return a function that makes one number of many, from the first to the last; see `operation`."""

        @_intrinsic
        def reduction(_: Any, numbers: Any) -> Any:
            def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                result = builder.extract_element(arguments[0], _number(0))
                for place in range(1, self.width):
                    result = write(builder, result, builder.extract_element(arguments[0], _number(place)))
                return result

            return types.float64(self.type), code

        return reduction

    def total(self) -> Any:
        """Return a function that sums numbers."""
        return self.reduction(lambda builder, left, right: builder.fadd(left, right))

    def highest(self) -> Any:
        """Return a function that finds the largest number."""
        return self.reduction(_larger)

    def lowest(self) -> Any:
        """Return a function that finds the smallest number."""
        return self.reduction(_smaller)

    def operation(self, write: Callable[[Any, Any, Any], Any]) -> Any:
        """Return a function of two vectors, given what writes its code from a builder and both."""

        @_intrinsic
        def operation(_: Any, left: Any, right: Any) -> Any:
            def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                return write(builder, *arguments)

            return self.type(self.type, self.type), code

        return operation

    def add(self) -> Any:
        """Return the sum as a function of two vectors."""
        return self.operation(lambda builder, left, right: builder.fadd(left, right))

    def multiply(self) -> Any:
        """Return the product as a function of two vectors."""
        return self.operation(lambda builder, left, right: builder.fmul(left, right))

    def divide(self) -> Any:
        """Return the quotient as a function of two vectors."""
        return self.operation(lambda builder, left, right: builder.fdiv(left, right))

    def larger(self) -> Any:
        """Return the larger of each pair as a function of two vectors."""
        return self.operation(_larger)

    def least_positive(self) -> Any:
        """Return a function of two vectors: the first, or the second where it is smaller and above 0."""

        def write(builder: Any, least: Any, number: Any) -> Any:
            zero = ir.Constant(self.vector, [0.0] * self.width)
            below = builder.fcmp_ordered("<", number, least)
            return builder.select(builder.and_(builder.fcmp_ordered(">", number, zero), below), number, least)

        return self.operation(write)

    def _pointer(self, step: int, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        first = builder.mul(arguments[1], ir.Constant(arguments[1].type, step))
        return builder.bitcast(builder.gep(array.data, [first]), self.vector.as_pointer())


def _larger(builder: Any, left: Any, right: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", left, right), left, right)


def _smaller(builder: Any, left: Any, right: Any) -> Any:
    return builder.select(builder.fcmp_ordered("<", left, right), left, right)


def _number(place: int) -> ir.Constant:
    return ir.Constant(ir.IntType(32), place)
