"""How fast, side by side with the peers in the same run: a row of the goals table a name.

`python -m benchmarks [ROW …]` runs the rows, each in a process of its own, prints every line as
soon as it is there and keeps it in docs/performance.json, from which docs/performance.md is made.
"""
