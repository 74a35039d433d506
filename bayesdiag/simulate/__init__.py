"""Cases and whole troubleshooting dialogues drawn from a model; the bench on which policies are compared."""
