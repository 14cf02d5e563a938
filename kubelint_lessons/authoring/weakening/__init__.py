"""Whether a change weakens what judges it: lessons, config, suppressions, baseline and facts, compared."""
