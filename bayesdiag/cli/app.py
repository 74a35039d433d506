"""`bayesdiag app`: the Streamlit app, served on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from bayesdiag.cli.cases.options import StoreOption
from bayesdiag.cli.inputs import ModelArgument
from bayesdiag.cli.printing import say
from bayesdiag.errors import Fault, InvalidModel


def app(
    model: ModelArgument = "pos_card",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 8501,
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    store: StoreOption = None,
    customer_only: Annotated[
        bool, typer.Option("--customer-only", help="Serve the page of customers' links, and nothing else.")
    ] = False,
) -> None:
    """Start the app and serve it until stopped with Ctrl-C."""
    _check(model)
    _check_port(host, port)
    script, settings = app_files()
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--server.port={port}", f"--server.address={host}"]
    command += [f"--server.headless={str(not (browser and _has_screen())).lower()}"]
    command += settings_options(settings)
    say(f"bayesdiag app on http://{host}:{port} – stop with Ctrl-C.", err=True)
    environment = {
        **os.environ,
        "BAYESDIAG_MODEL": str(Path(model).resolve() if Path(model).exists() else model),
        **({"BAYESDIAG_STORE": store} if store else {}),
        **({"BAYESDIAG_CUSTOMER_ONLY": "1"} if customer_only else {}),
    }
    if os.name == "posix":
        # The server takes this process's place, so that whoever stops the one stops the other.
        sys.stderr.flush()
        os.execve(sys.executable, command, environment)  # noqa: S606 - our own command
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603


def _check(name: str) -> None:
    """Tell what is wrong with a model here rather than in a browser.

    Raises:
        ModelError: It is faulty, or has no causes to diagnose.
    """
    from bayesdiag.modelfile import load  # noqa: PLC0415 - each command imports its rooms when run

    model = load(name)
    if not model.is_diagnostic:
        told = "The app shows models with causes; for others: bayesdiag posterior."
        raise InvalidModel([Fault((name,), "this model has no causes to diagnose", told)])


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise typer.BadParameter(
                f"cannot serve on {host}:{port} ({error.strerror}). Give another one: --port {port + 1}."
            ) from None


def app_files() -> tuple[Path, Path]:
    """Return the app's script and its settings: inside an installed package, else beside it."""
    package = Path(__file__).resolve().parent.parent
    if (package / "app.py").is_file():
        return package / "app.py", package / "streamlit_config.toml"
    return package.parent / "app.py", package.parent / ".streamlit" / "config.toml"


def settings_options(path: Path) -> list[str]:
    """Return a settings file as command-line options, so that it counts wherever the app is started."""
    sections = tomllib.loads(path.read_text(encoding="utf-8"))
    options = []
    for section, values in sections.items():
        for name, value in values.items():
            if not isinstance(value, dict | list):
                told = str(value).lower() if isinstance(value, bool) else str(value)
                options.append(f"--{section}.{name}={told}")
    return options


def _has_screen() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
