"""What to make of a belief: causes in order, the next question, the plan, the explanation."""
