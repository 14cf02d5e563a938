"""kubelint-lessons: a Kubernetes manifest linter whose rules are compiled from a team's lessons."""

__version__ = "0.1.0"
