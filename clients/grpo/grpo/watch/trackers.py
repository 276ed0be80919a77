"""TensorBoard and W&B: the same metrics, under the same names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grpo.completion import Completion
from grpo.config import WandBConfig
from grpo.errors import GrpoError
from grpo.metrics import Metrics


class TensorBoard:
    """An observer that writes event files: ``tensorboard --logdir DIRECTORY``."""

    def __init__(self, directory: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise GrpoError("watch.tensorboard: pip install 'r1-verifier-grpo[tensorboard]'") from error
        self._open, self._directory = SummaryWriter, directory
        self._writer: Any = None

    def started(self, config: dict[str, Any], step: int) -> None:
        # What an earlier run wrote of steps that come again is to be ignored.
        self._writer = self._open(str(self._directory), purge_step=step + 1)

    def phase(self, name: str) -> None: ...

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step)
        if completions:
            first = completions[0]
            self._writer.add_text("completion", f"{first.prompt.question}\n\n```\n{first.text}\n```", step)

    def ended(self, step: int) -> None:
        self._writer.close()


class WandB:
    """An observer that logs to Weights & Biases, as the environment's WANDB_* say."""

    def __init__(self, config: WandBConfig, output: Path) -> None:
        try:
            import wandb  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise GrpoError("watch.wandb: pip install 'r1-verifier-grpo[wandb]'") from error
        self._wandb: Any = wandb
        self._config, self._output = config, output
        self._run: Any = None

    def started(self, config: dict[str, Any], step: int) -> None:
        self._output.mkdir(parents=True, exist_ok=True)
        self._run = self._wandb.init(
            project=self._config.project, name=self._config.name, config=config, dir=str(self._output)
        )

    def phase(self, name: str) -> None: ...

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        self._run.log(metrics, step=step)

    def ended(self, step: int) -> None:
        self._run.finish()
