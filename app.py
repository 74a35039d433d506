"""The bayesdiag app: page settings and navigation, nothing else."""

from pathlib import Path

import streamlit as st

import bayesdiag.ui
from bayesdiag.ui import diagnose, session, whatif
from bayesdiag.ui.logs import mask_logs
from bayesdiag.ui.source import source

ICON = Path(bayesdiag.ui.__file__).with_name("icon.png")

mask_logs()
session.begin(source().model)
words = session.words()
st.set_page_config(page_title=words("title"), page_icon=ICON, layout="wide")
pages = [
    st.Page(diagnose.page, title=words("page_diagnose"), url_path="diagnose", default=True),
    st.Page(whatif.page, title=words("page_whatif"), url_path="whatif"),
]
st.navigation(pages, position="top").run()
