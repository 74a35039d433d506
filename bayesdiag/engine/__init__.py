"""How belief is computed: a row of likelihoods goes in, a row of beliefs comes out.

Names exist only at the two doors, `layout` and `network`; inside there are integers and arrays.
No files, no clocks.

Shape letters, fixed for all of the engine: **B** rows in a batch, **S** slots, **P** part
slots, **T** table cells, **E** entries of a program.
"""
