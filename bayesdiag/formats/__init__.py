"""Network file formats, one file each, all our own and strict."""
