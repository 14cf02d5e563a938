"""What Kubernetes knows of its kinds, offline: fields, types, versions; CRDs of the tree for theirs."""
