"""A wheel built from the project works in an empty environment elsewhere: models and app inside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_models_app_settings_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "bayesdiag/models/pos_card.yaml",
        "bayesdiag/models/pos_card.cases.yaml",
        "bayesdiag/app.py",
        "bayesdiag/streamlit_config.toml",
        "bayesdiag/py.typed",
        "bayesdiag/ui/icon.png",
        "bayesdiag/store/migrations/env.py",
        "bayesdiag/store/migrations/versions/r0001_first.py",
    } <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the wheel; it borrows this one's libraries, not our package."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    libraries = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    own = next((folder / "lib").glob("python3*/site-packages"))
    # Behind the environment's own packages, without the link that leads to this working copy.
    (own / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    return folder


def run_elsewhere(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [folder / "bin" / "bayesdiag", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env={**os.environ, "PYTHONPATH": ""},
    )
    return done.stdout


def test_it_runs_from_its_own_files(elsewhere: Path) -> None:
    told = subprocess.run(
        [
            elsewhere / "bin" / "python",
            "-c",
            "import bayesdiag.modelfile as m; print(m.__file__, m.models_folder())",
        ],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert all(Path(path).is_relative_to(elsewhere) for path in told)


def test_it_gives_the_same_diagnosis(elsewhere: Path) -> None:
    case = [
        "diagnose",
        "-f",
        "display_text=read_error",
        "-f",
        "other_card_here=works",
        "--json",
        "--lang",
        "en",
    ]
    there = json.loads(run_elsewhere(elsewhere, *case))
    here = subprocess.run(
        [sys.executable, "-m", "bayesdiag", *case], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert there == json.loads(here)


def test_it_keeps_cases(elsewhere: Path) -> None:
    store = ["--store", str(elsewhere / "cases.db")]
    added = json.loads(run_elsewhere(elsewhere, "cases", "add", "-f", "card_age=gt3y", "--json", *store))
    assert json.loads(run_elsewhere(elsewhere, "cases", "list", "--json", *store))[0]["id"] == added["id"]


def test_its_app_is_served(elsewhere: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    server = subprocess.Popen(
        [elsewhere / "bin" / "bayesdiag", "app", "--port", port, "--no-browser"],
        cwd=elsewhere,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": ""},
    )
    try:
        assert _answers(f"http://127.0.0.1:{port}/_stcore/health", server)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(address: str, server: subprocess.Popen[str]) -> bool:
    for _ in range(120):
        if server.poll() is not None:
            raise AssertionError(server.stdout.read() if server.stdout else "the server stopped")
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    return False


@pytest.mark.long
def test_an_empty_environment_gets_everything_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """With all dependencies fetched anew: what a person gets from `pip install`."""
    venv.create(tmp_path, with_pip=True)
    command = ["-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), str(wheel)]
    subprocess.run([tmp_path / "bin" / "python", *command], check=True, timeout=280)
    told = run_elsewhere(tmp_path, "diagnose", "-f", "response_code=rc_funds", "--json")
    assert json.loads(told)["causes"][0]["id"] == "insufficient_funds"
