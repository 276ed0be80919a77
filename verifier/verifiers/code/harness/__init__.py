"""The files that run inside the sandboxes: never imported here, but for the codec that both sides share."""
