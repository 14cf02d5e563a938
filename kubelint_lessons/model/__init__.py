"""Layer 0: the frozen values that every other layer speaks in. Standard library only."""
