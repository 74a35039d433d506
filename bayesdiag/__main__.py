"""`python -m bayesdiag`: the command line."""

from bayesdiag.cli import main

main()
