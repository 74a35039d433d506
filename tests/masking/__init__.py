"""Texts with secrets planted in them, and the judge of what is left after masking."""
