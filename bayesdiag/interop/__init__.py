"""pgmpy: what is handed over to it, and what comes back."""
