"""Layer 5: lessons for people. Running their examples, checking, writing and finding them."""
