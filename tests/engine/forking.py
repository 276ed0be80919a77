"""An engine whose worker has children when it ends: ``python -m tests.engine.forking PID_FILE exit|kill``."""

import asyncio
import os
import sys
from pathlib import Path

from tests.engine.test_engine import CONFIG, recipe
from verifier.engine import Engine, gather


async def main(pid_file: Path, end: str) -> None:
    async with Engine(CONFIG) as engine:
        grading = engine.grade(recipe(pid_file, patience_s=60), [{"completion": "fork"}], 60)
        task = asyncio.create_task(gather(grading, 1))
        while not pid_file.exists() or len(pid_file.read_text(encoding="ascii").split()) < 3:
            await asyncio.sleep(0.01)
        if end == "kill":
            os.kill(os.getpid(), 9)
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
