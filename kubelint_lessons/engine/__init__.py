"""Layer 3: rules meet resources; problems become findings."""
