"""The service, asked for before hours of generation that it is needed after."""

import time

from verifier_client import Client

from grpo.config import RewardConfig
from grpo.errors import ConfigError, GrpoError

TRIES = 6
"""Looks at a service that may be starting, a second apart."""


def connect(config: RewardConfig) -> Client:
    """A client of a service that answers. Samples that it fails on have no reward, and raise nothing.

    Raises:
        ConfigError: that is no address.
        GrpoError: nobody answers there.
    """
    try:
        client = Client(config.url, timeout_s=config.timeout_s, concurrency=config.concurrency, on_error="mask")
    except ValueError as error:
        raise ConfigError(f"rewards.url: {error}") from error
    for attempt in range(TRIES):
        if client.healthy():
            return client
        if attempt + 1 < TRIES:
            time.sleep(1)
    raise GrpoError(f"no service answers: {client}; start one with `verifier serve`, or set rewards.url")
