"""Starting: nothing heavy is imported early, and what is kept on disk helps or is ignored."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bayesdiag import kept
from bayesdiag.modelfile import dumps, known, load, loads, model_path, save

HEAVY = (
    "numba", "networkx", "yaml", "typer", "streamlit", "pgmpy", "pandas", "numpy", "scipy", "sqlalchemy", "rapidfuzz",
)  # fmt: skip
PACKAGE = Path(kept.__file__).parent
LOOP = "import numpy as np; from bayesdiag.engine.order import _place; print(_place(np.uint64(1 << 40)))"
"""Compiles one small loop: seconds, not half a minute."""


def python(code: str, cwd: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv(kept.SWITCH, str(folder))
    return folder


@pytest.fixture
def loops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "loops"))
    return tmp_path / "loops"


# ── imports ───────────────────────────────────────────────────────────────────────────────────


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert python(f"import sys, bayesdiag; print([n for n in {HEAVY} if n in sys.modules])") == "[]"


def test_a_model_read_before_is_loaded_without_yaml_or_arrays() -> None:
    code = (
        f"import sys, bayesdiag; bayesdiag.load('pos_card'); print([n for n in {HEAVY} if n in sys.modules])"
    )
    assert python(code) == "['yaml']"
    assert python(code) == "[]"


def test_a_diagnosis_imports_no_library_it_does_not_need() -> None:
    # numba reads a settings file of its own and so imports yaml wherever it is installed.
    unneeded = (
        "networkx",
        "bayesdiag.modelfile.read",
        "streamlit",
        "pgmpy",
        "pandas",
        "rapidfuzz",
        "bayesdiag.mask",
        "rich",
        "scipy.linalg",
        "pydantic",
    )
    code = (
        "import sys; from bayesdiag.cli import run; run(['diagnose', '-f', 'display_text=read_error'])\n"
        f"print([n for n in {unneeded} if n in sys.modules])"
    )
    python("import bayesdiag; bayesdiag.load('pos_card')")
    assert python(code).endswith("[]")


def test_numba_still_finds_its_blas() -> None:
    code = (
        "import numpy as np, numba, bayesdiag.engine.compiled\n"
        "print(numba.njit(lambda a: np.dot(a, a))(np.eye(2)).sum(), numba.np.arraymath._HAVE_BLAS)"
    )
    assert python(code) == "2.0 True"


# ── checked models ────────────────────────────────────────────────────────────────────────────


def test_a_kept_model_equals_the_one_from_yaml(cache: Path) -> None:
    path = model_path("pos_card")
    from_yaml = loads(path.read_text(encoding="utf-8"))
    load(path)
    again = known.recall_model(path.read_bytes())
    assert again == from_yaml
    assert repr(again) == repr(from_yaml)  # types too: 1 is no 1.0, a list no tuple
    assert again is not None
    assert dumps(again) == dumps(from_yaml)
    assert again.variable_of == from_yaml.variable_of


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    text = dumps(load("pos_card"))
    file.write_text(text, encoding="utf-8")
    assert load(file).name == "pos_card"
    file.write_text(text.replace("name: pos_card", "name: another", 1), encoding="utf-8")
    assert load(file).name == "another"


def files(cache: Path) -> list[Path]:
    return list((cache / "models").glob("*.json"))


def test_only_the_user_can_read_what_is_kept(cache: Path) -> None:
    load("pos_card")
    assert [oct(path.stat().st_mode & 0o777) for path in (cache, cache / "models", *files(cache))] == [
        "0o700",
        "0o700",
        "0o600",
    ]


@pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
def test_a_damaged_model_is_read_and_kept_again(cache: Path, damage: bytes | None) -> None:
    expected = load("pos_card")
    [file] = files(cache)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"0.9", b"0.8", 1) if damage is None else damage)
    assert known.recall_model(model_path("pos_card").read_bytes()) is None
    assert load("pos_card") == expected
    assert file.read_bytes() == whole


@pytest.mark.parametrize("place", ["file", "folder"])
def test_what_others_can_write_is_not_believed(cache: Path, place: str) -> None:
    load("pos_card")
    (files(cache)[0] if place == "file" else cache / "models").chmod(0o777)
    assert known.recall_model(model_path("pos_card").read_bytes()) is None
    assert load("pos_card").name == "pos_card"


def test_a_link_is_not_followed(cache: Path, tmp_path: Path) -> None:
    load("pos_card")
    [file] = files(cache)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert known.recall_model(model_path("pos_card").read_bytes()) is None


def test_few_models_are_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MAX_FILES", 3)
    model = load("pos_card")
    for number in range(6):
        known.keep_model(b"%d" % number, model)
    assert len(files(cache)) == 3
    assert known.recall_model(b"5") == model


def test_the_switch_turns_it_off(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kept.SWITCH, "off")
    assert kept.cache_folder() is None
    assert load("pos_card").name == "pos_card"
    assert not cache.exists()


def test_a_place_that_cannot_be_made_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(kept.SWITCH, str(tmp_path / "file" / "below"))
    assert load("pos_card").name == "pos_card"


def test_a_saved_model_is_loaded_as_saved(tmp_path: Path) -> None:
    model = load("pos_card")
    save(model, tmp_path / "copy.yaml")
    assert load(tmp_path / "copy.yaml") == model == load(tmp_path / "copy.yaml")


# ── compiled loops ────────────────────────────────────────────────────────────────────────────


def test_a_loop_is_kept_and_found(loops: Path) -> None:
    first = "from bayesdiag.engine.compiled import is_first_time as f; print(f());"
    assert python(first + LOOP).split() == ["True", "40"]
    [file] = loops.rglob("*.nbc")
    written = file.stat().st_mtime_ns
    assert python(first + LOOP).split() == ["False", "40"]
    assert file.stat().st_mtime_ns == written


@pytest.mark.parametrize("keep", [0, 20, -1])
def test_a_damaged_loop_is_compiled_again(loops: Path, keep: int) -> None:
    python(LOOP)
    [file] = loops.rglob("*.nbc")
    whole = file.read_bytes()
    file.write_bytes(whole[:keep] + b"?" * (keep == -1))
    assert python(LOOP) == "40"
    assert len(file.read_bytes()) == len(whole)
    assert file.read_bytes()[-1:] != b"?"


def test_a_loop_for_loops_alone_says_so_to_python(loops: Path) -> None:
    """It has no way in from Python: without the refusal, a call would end the process."""
    head = "from bayesdiag.engine.compiled import compiled, inner_loop\n"
    code = head + "@inner_loop\ndef one(x): return x + 1\n@compiled\ndef two(x): return 2 * one(x)\n"
    asked = "try: one(3)\nexcept TypeError as error: print(error)\n"
    for order in (asked + "print(two(3))", "print(two(3))\n" + asked):
        said = python(code + order)
        assert "one is compiled for other loops alone" in said
        assert "8" in said.split()


def test_a_kept_loop_for_loops_alone_says_so_as_well(tmp_path: Path, loops: Path) -> None:
    """What is read from the disk is listed in another place than what was just compiled."""
    engine = tmp_path / "bayesdiag" / "engine"
    shutil.copytree(PACKAGE, engine.parent, ignore=shutil.ignore_patterns("__pycache__"))
    head = "from bayesdiag.engine.compiled import compiled, inner_loop\n"
    (engine / "inner.py").write_text(head + "@inner_loop\ndef inner(x):\n    return x + 1\n")
    outer = head + "from bayesdiag.engine.inner import inner\n"
    outer += (
        "@compiled\ndef twice(x):\n    return 2 * inner(x)\n@compiled\ndef less(x):\n    return -inner(x)\n"
    )
    (engine / "outer.py").write_text(outer)
    code = "from bayesdiag.engine.outer import inner, {0}; print({0}(3))\n"
    code += "try: inner(3)\nexcept TypeError as error: print(error)\n"
    for loop, value in (("twice", "8"), ("less", "-4"), ("less", "-4")):
        said = python(code.format(loop), cwd=tmp_path)
        assert said.split()[0] == value
        assert "inner is compiled for other loops alone" in said
    assert len(list(loops.rglob("inner.inner-*.nbc"))) == 1


def test_no_place_for_loops_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert python(LOOP, NUMBA_CACHE_DIR=str(tmp_path / "file" / "below")) == "40"


def test_without_a_home_nothing_is_strewn_about(tmp_path: Path) -> None:
    code = f"import os; os.chdir({str(tmp_path)!r}); os.path.expanduser = lambda p: p\n"
    code += "from bayesdiag.kept import cache_folder; print(cache_folder())"
    assert python(code, BAYESDIAG_CACHE="", XDG_CACHE_HOME="", HOME="") == "None"
    assert python(code, BAYESDIAG_CACHE="", XDG_CACHE_HOME="relative") == "None"
    assert not list(tmp_path.iterdir())


def test_a_change_to_an_inner_function_in_another_file_counts(tmp_path: Path, loops: Path) -> None:
    """numba's own cache would run the old machine code of the outer function."""
    copy = tmp_path / "bayesdiag"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    engine = copy / "engine"
    head = "from bayesdiag.engine.compiled import compiled\n"
    inner = head + "@compiled\ndef inner(x):\n    return x + 1\n"
    (engine / "inner.py").write_text(inner)
    outer = head + "from bayesdiag.engine.inner import inner\n@compiled\ndef outer(x):\n    return inner(x)\n"
    (engine / "outer.py").write_text(outer)
    code = "from bayesdiag.engine.outer import outer; print(outer(1))"
    assert python(code, cwd=tmp_path) == "2"
    (engine / "inner.py").write_text(inner.replace("x + 1", "x + 7"))
    os.utime(engine / "inner.py", (1, 1))
    assert python(code, cwd=tmp_path) == "8"


WORK = """
import multiprocessing, sys, threading
import numpy as np
from bayesdiag.engine.order import _place
def work(shift):
    return int(_place(np.uint64(1 << shift)))
if __name__ == "__main__":
    if sys.argv[1] == "threads":
        found = [None] * 4
        def one(i): found[i] = work(i)
        threads = [threading.Thread(target=one, args=(i,)) for i in range(4)]
        [t.start() for t in threads]; [t.join() for t in threads]
    else:
        work(3)  # a fork inherits a compiler that has been used
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            found = pool.map(work, range(4))
    print(found)
"""


@pytest.mark.parametrize("way", ["threads", "fork", "spawn"])
def test_side_by_side(tmp_path: Path, loops: Path, way: str) -> None:
    (tmp_path / "work.py").write_text(WORK)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "work.py"), way],
        capture_output=True,
        text=True,
        timeout=250,
        check=True,
    )
    assert done.stdout.strip() == "[0, 1, 2, 3]"
    assert len(list(loops.rglob("*.nbc"))) == 1
    assert not list(loops.rglob(".*"))
