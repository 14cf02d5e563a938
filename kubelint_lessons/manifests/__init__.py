"""Layer 1: bytes become documents, documents become resources, scopes and relations."""
