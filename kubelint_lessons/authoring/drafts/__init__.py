"""Lessons in the making: from a bad and a fixed state to a rule, its examples and where it would fire."""
