"""What runs inside a slot: handed over as bytes, never as files, so that no program finds it there."""
