"""The bayesdiag app: page settings and navigation, nothing else."""

from pathlib import Path

import streamlit as st

import bayesdiag.ui
from bayesdiag.ui import customer, session
from bayesdiag.ui.logs import mask_logs
from bayesdiag.ui.pages import run_customer_page, run_page
from bayesdiag.ui.source import source, title

ICON = Path(bayesdiag.ui.__file__).with_name("icon.png")

mask_logs()
if customer.is_open():
    # Before anything of a session is begun: what a customer sees comes from the address alone.
    st.set_page_config(page_title=customer.words()("customer_title"), page_icon=ICON, layout="centered")
    run_customer_page()
else:
    session.begin(source().model)
    st.set_page_config(page_title=title(session.words()), page_icon=ICON, layout="wide")
    run_page()
