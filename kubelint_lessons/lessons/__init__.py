"""Layer 2: Markdown lessons in, rules out: parse, validate, compile, cache."""
