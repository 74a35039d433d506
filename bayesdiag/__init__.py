"""A Bayesian diagnoser: causes with probabilities, the question worth most, the cheapest repair.

    import bayesdiag as bd
    network = bd.compile_network(bd.load("pos_card"))
    diagnosis = bd.diagnose(network, {"display_text": "read_error", "other_card_here": "works"})

The names below are all there is to rely on; each is fetched when it is first used, so that
importing bayesdiag costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
    from bayesdiag.case import Case as Case
    from bayesdiag.case import Evidence as Evidence
    from bayesdiag.diagnosis import Diagnosis as Diagnosis
    from bayesdiag.diagnosis import diagnose as diagnose
    from bayesdiag.engine.network import CompiledNetwork as CompiledNetwork
    from bayesdiag.engine.network import Posterior as Posterior
    from bayesdiag.engine.network import compile_network as compile_network
    from bayesdiag.errors import BayesdiagError as BayesdiagError
    from bayesdiag.errors import EvidenceError as EvidenceError
    from bayesdiag.errors import InvalidModel as InvalidModel
    from bayesdiag.errors import ModelFileError as ModelFileError
    from bayesdiag.errors import TooLarge as TooLarge
    from bayesdiag.formats.bif import load_bif as load_bif
    from bayesdiag.formats.uai import load_uai as load_uai
    from bayesdiag.model import Factors as Factors
    from bayesdiag.model import Model as Model
    from bayesdiag.modelfile import load as load
    from bayesdiag.modelfile import save as save

_ROOMS = {
    "BayesdiagError": "errors",
    "Case": "case",
    "CompiledNetwork": "engine.network",
    "Diagnosis": "diagnosis",
    "Evidence": "case",
    "EvidenceError": "errors",
    "Factors": "model",
    "InvalidModel": "errors",
    "Model": "model",
    "ModelFileError": "errors",
    "Posterior": "engine.network",
    "TooLarge": "errors",
    "compile_network": "engine.network",
    "diagnose": "diagnosis",
    "load": "modelfile",
    "load_bif": "formats.bif",
    "load_uai": "formats.uai",
    "save": "modelfile",
}

__all__ = [*_ROOMS]  # noqa: PLE0604 - names of strings, listed once above


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - takes longer than all the rest here

        globals()[name] = version("bayesdiag")
        return globals()[name]
    if name not in _ROOMS:
        raise AttributeError(f"module 'bayesdiag' has no attribute {name!r}")
    found: object = getattr(import_module(f"bayesdiag.{_ROOMS[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
