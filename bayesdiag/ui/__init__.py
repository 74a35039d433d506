"""The Streamlit app: one file a page, one function `page()` in each."""
