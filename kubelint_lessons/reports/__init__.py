"""Layer 6: a result becomes text. Pure functions; nothing here reads files or decides anything."""
