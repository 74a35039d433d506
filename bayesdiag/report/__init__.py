"""Stored cases for people to read: a page, a PDF, a ticket's text, two side by side, many as tables.

PDFs are made by `bayesdiag.report.pdf`, imported where one is wanted: its library is slow to load.
"""

from bayesdiag.report.comparing import Comparison, Line, comparison
from bayesdiag.report.content import Belief, CaseReport, Happened, Said, case_report
from bayesdiag.report.naming import Names
from bayesdiag.report.overview import Table, overview
from bayesdiag.report.page import html_report
from bayesdiag.report.ticket import ticket_summary
from bayesdiag.report.words import TEXTS

__all__ = [
    "TEXTS",
    "Belief",
    "CaseReport",
    "Comparison",
    "Happened",
    "Line",
    "Names",
    "Said",
    "Table",
    "case_report",
    "comparison",
    "html_report",
    "overview",
    "ticket_summary",
]
