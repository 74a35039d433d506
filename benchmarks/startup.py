"""How long a fresh process takes: to import the package, and to diagnose one case with warm caches."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 9


def _seconds(*arguments: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    return time.perf_counter() - begun


def import_seconds(rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the medians of importing bayesdiag and numpy in fresh processes, interleaved.

    Both include the interpreter's own start, so their difference is what the package costs.
    """
    pairs = [(_seconds("-c", "import bayesdiag"), _seconds("-c", "import numpy")) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def cold_diagnose_seconds(rounds: int = ROUNDS) -> float:
    """Return the median of `bayesdiag diagnose` in fresh processes, what is kept on disk being there."""
    command = ("-m", "bayesdiag", "diagnose", "-f", "display_text=read_error")
    _seconds(*command)
    return statistics.median(_seconds(*command) for _ in range(rounds))


def main() -> None:
    package, numpy = import_seconds()
    print(f"import bayesdiag    {package:.3f} s    import numpy {numpy:.3f} s    (interpreter included)")
    print(f"bayesdiag diagnose  {cold_diagnose_seconds():.3f} s    (fresh process, warm caches)")


if __name__ == "__main__":
    main()
