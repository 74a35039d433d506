"""No door lets a secret through: errors, their faults and tracebacks, the reading of text, and logs."""

from __future__ import annotations

import io
import logging
import pickle
import traceback

import pytest

from bayesdiag.case import Evidence
from bayesdiag.errors import BayesdiagError, EvidenceError, Fault
from bayesdiag.intake import read_text
from bayesdiag.modelfile import load, loads
from bayesdiag.ui.logs import mask_logs

SECRET = "6222 0212-3456 7890 128"
SHOWN = "[622202******0128]"


def test_an_error_says_what_was_written_without_the_secret() -> None:
    with pytest.raises(EvidenceError) as raised:
        Evidence(load("pos_card"), {"display_text": SECRET, SECRET: "yes"})
    error = raised.value
    for told in (str(error), repr(error), repr(error.faults), "".join(traceback.format_exception(error))):
        assert SHOWN in told
        assert SECRET not in told


def test_a_fault_of_a_file_is_masked() -> None:
    with pytest.raises(BayesdiagError) as raised:
        loads(f"format: 1\nname: x\n{SECRET}: 1\n")
    assert SHOWN in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_fault_keeps_its_path_for_programs() -> None:
    fault = Fault((SECRET,), "found", file="f", line=3)
    assert fault.path == (SECRET,)
    assert str(fault) == f"f:3: {SHOWN}: found."


def test_an_error_can_still_be_sent_between_processes() -> None:
    error = pickle.loads(pickle.dumps(BayesdiagError(f"no {SECRET}")))  # noqa: S301 - our own bytes
    assert str(error) == f"no {SHOWN}"


def test_what_is_read_out_of_a_text_was_masked_before() -> None:
    found = read_text(load("pos_card"), f"卡号{SECRET}，显示54，cvv 123，密码 123456")
    assert found.findings == {"response_code": "rc_expired"}
    assert SECRET not in repr(found)


def test_logs_of_the_app_are_masked() -> None:
    mask_logs()
    mask_logs()
    logger = logging.getLogger("streamlit.error_util")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger.addHandler(handler)
    try:
        raise ValueError(f"cannot read {SECRET}")
    except ValueError as error:
        logger.error("Uncaught: %s", SECRET, exc_info=error)
    finally:
        logger.removeHandler(handler)
    assert written.getvalue().count(SHOWN) == 2
    assert "ValueError" in written.getvalue()
    assert SECRET not in written.getvalue()
