"""Layer 4: edits of data become edits of text; chosen, ordered, proved, and written only where nothing gets worse."""
