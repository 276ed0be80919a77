"""The client of the r1-verifier reward service: post completions, get rewards.

    from verifier_client import Client

    with Client() as client:
        rewards = client.rewards([{"completion": "... \\boxed{42}", "answer": "42"}], rubric="math")

:class:`Client` and :class:`AsyncClient` have the same methods. A failure of the service is never a reward of 0.
"""

from verifier_client._async_client import AsyncClient
from verifier_client._client import Client
from verifier_client._errors import (
    ApiError,
    AuthError,
    BadAnswer,
    BadRequest,
    ConnectionFailed,
    NotFound,
    Overloaded,
    RewardsFailed,
    ServerError,
    Timeout,
    TooLarge,
    VerifierClientError,
)
from verifier_client._groups import Abstention, Cluster, Dropped, Selected, Selection, Vote
from verifier_client._types import Reward, Sample, Score
from verifier_client._version import __version__

__all__ = [
    "Abstention",
    "ApiError",
    "AsyncClient",
    "AuthError",
    "BadAnswer",
    "BadRequest",
    "Client",
    "Cluster",
    "ConnectionFailed",
    "Dropped",
    "NotFound",
    "Overloaded",
    "Reward",
    "RewardsFailed",
    "Sample",
    "Score",
    "Selected",
    "Selection",
    "ServerError",
    "Timeout",
    "TooLarge",
    "VerifierClientError",
    "Vote",
    "__version__",
]
