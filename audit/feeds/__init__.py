"""Known-bad feeds and snapshots of the index upstream, kept beside the store; nothing is fetched."""
