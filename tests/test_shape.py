"""The shape of the whole: who imports whom, how long a file is, what things are called."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bayesdiag"
MODULES = sorted(PACKAGE.rglob("*.py"))

MAX_LINES = 350
"""A room is split by noun when it outgrows 300 lines; a few lines of grace, so that it is done with care."""
MAX_APP_LINES = 40
NO_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "base", "manager", "misc"}
"""Names that say nothing about what is inside."""
GUESTS = {
    "sqlalchemy",
    "alembic",
    "numpy",
    "numba",
    "networkx",
    "pgmpy",
    "pandas",
    "streamlit",
    "scipy",
    "torch",
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_import_contract_is_kept() -> None:
    found = lint_imports(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("model/text.py", "import yaml", "Each guest has its room BROKEN"),
        ("cli/cases/find.py", "import sqlalchemy", "Each guest has its room BROKEN"),
        ("store/cases.py", "import bayesdiag.diagnosis", "The store never meets learning"),
        ("case.py", "import numpy", "no arrays below the engine BROKEN"),
        ("engine/layout.py", "from bayesdiag.engine import kernel", "slots at the bottom BROKEN"),
        ("errors.py", "import bayesdiag.case", "An arrow only ever points down BROKEN"),
    ],
)
def test_the_import_contract_sees_an_import_hidden_in_a_function(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    shutil.copytree(PACKAGE, tmp_path / "bayesdiag", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "bayesdiag" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n\ndef _hidden() -> None:\n    {line}\n")
    found = lint_imports(tmp_path)
    assert found.returncode == 1, found.stdout
    assert contract in found.stdout


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {str(path): lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_name_says_nothing() -> None:
    names = {part for path in MODULES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert names & NO_NAMES == set()


def test_the_app_only_sets_the_page_and_the_navigation() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= MAX_APP_LINES


def test_every_module_says_what_lives_in_it() -> None:
    silent = [str(path) for path in MODULES if not path.read_text(encoding="utf-8").startswith('"""')]
    assert silent == []


@pytest.mark.parametrize("module", ["bayesdiag.model", "bayesdiag.modelfile"])
def test_a_model_is_read_without_heavy_guests(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert GUESTS & set(json.loads(found.stdout)) == set()
