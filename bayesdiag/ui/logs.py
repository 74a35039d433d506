"""What Streamlit writes of errors nobody expected: masked, for what a visitor typed may stand in it."""

from __future__ import annotations

import logging

from bayesdiag.mask import mask_text

_WRITERS = ("streamlit.error_util", "streamlit.runtime.scriptrunner.script_runner")
"""The loggers that tell of errors in the app's own code."""


class MaskedRecords(logging.Filter):
    """Lets every record through, its message and its traceback masked."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask a record."""
        record.msg, record.args = mask_text(record.getMessage()), ()
        if record.exc_info:
            # A formatter that finds the text made does not make it again.
            record.exc_text = mask_text(logging.Formatter().formatException(record.exc_info))
        return True


def mask_logs() -> None:
    """Mask what is logged about errors of the app; once is enough, twice does no harm."""
    for name in _WRITERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, MaskedRecords) for known in logger.filters):
            logger.addFilter(MaskedRecords())
