"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("bayesdiag", "numpy", "numba", "scikit-learn", "pyagrum", "pgmpy", "nbn", "torch")


def machine() -> dict[str, str]:
    """Return processor, cores, operating system, and how busy it is with whatever else runs on it."""
    busy = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {"cpu": _cpu(), "cores": str(os.cpu_count()), "os": platform.platform(), "load": busy}


def versions() -> dict[str, str]:
    """Return the version of Python and of every package that takes part; absent ones say so."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    facts = dict(
        [part.strip() for part in line.split(":", 1)]
        for line in info.read_text(encoding="utf-8").split("\n\n")[0].splitlines()
        if ":" in line
    )
    # Some virtual machines give a bare brand name; family and model tell the generation.
    numbers = f"family {facts.get('cpu family', '?')} model {facts.get('model', '?')}"
    return f"{facts.get('model name', platform.machine())} ({numbers}, {platform.machine()})"
