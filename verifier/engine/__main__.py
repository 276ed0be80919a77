"""``python -m verifier.engine`` is the nursery: the engine starts it, nobody else has a use for it."""

from verifier.engine.nursery import main

main()
