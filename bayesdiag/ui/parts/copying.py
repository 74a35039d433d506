"""A button as large as a finger that copies a text; a page without HTTPS may do so too."""

from __future__ import annotations

import streamlit as st

_HTML = '<button type="button"></button><span role="status"></span>'
_CSS = """
button { min-height: 3rem; width: 100%; font: inherit; cursor: pointer; color: var(--st-text-color);
  background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); }
button:hover, button:focus-visible { border-color: var(--st-primary-color); }
span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
_JS = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button"), status = parentElement.querySelector("span");
  button.textContent = data.label;
  status.textContent = "";
  button.onclick = async () => {
    let done = false;
    try {
      await navigator.clipboard.writeText(data.text);
      done = true;
    } catch {
      // Without HTTPS a browser has no clipboard of its own for pages.
      const field = document.createElement("textarea");
      field.value = data.text;
      document.body.appendChild(field);
      field.select();
      done = document.execCommand("copy");
      field.remove();
    }
    if (done) button.textContent = status.textContent = data.done;
  };
}
"""


def copy_button(text: str, label: str, done: str, *, key: str) -> None:
    """Show a button that copies a text.

    Args:
        text: What is copied.
        label: What the button says.
        done: What it says once the text is copied.
        key: Of the element.
    """
    shown = st.components.v2.component("bayesdiag_copy", html=_HTML, css=_CSS, js=_JS)
    shown(data={"text": text, "label": label, "done": done}, key=key)
