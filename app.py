"""The bayesdiag app: page settings and navigation, nothing else."""
