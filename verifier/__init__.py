"""A verifier and reward service for reinforcement learning of reasoning models.

Arrows point one way: ``schema, errors <- verifiers <- engine <- server``. A failure of the service is never a reward of 0.
"""

__version__ = "0.1.0"
